/** The retained stack: network, database and secrets. */

import { CfnOutput, Fn, RemovalPolicy, SecretValue, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { Database } from './constructs/database.ts';
import { ExistingNetwork } from './constructs/existing-network.ts';
import { type DataNetwork, Network } from './constructs/network.ts';
import { VpcEndpoints } from './constructs/vpc-endpoints.ts';
import type { DataValues } from './data-values.ts';
import { statefulSettings } from './settings/reductions.ts';
import type { Settings } from './settings.ts';

export interface DataStackProps extends StackProps {
  readonly settings: Settings;
  /** Receives what the app stack needs to know. */
  readonly values: DataValues;
}

export class DataStack extends Stack {
  private readonly network: DataNetwork;
  private readonly database: Database;
  /** The operator sets its value after the first deployment. */
  private readonly providerKey: secretsmanager.Secret;
  /** `maintain` writes the first admin key here. */
  private readonly firstAdminKey: secretsmanager.Secret;
  /** Only with `openaiAdminKey`; the operator sets its value, too. */
  private readonly adminKey: secretsmanager.Secret | undefined;
  /** Only with `anthropicAdminKey`, in the same way. */
  private readonly anthropicAdminKey: secretsmanager.Secret | undefined;
  /** Only with `anthropicKey`, in the same way. */
  private readonly anthropicKey: secretsmanager.Secret | undefined;
  /** Only with `geminiKey`, in the same way. */
  private readonly geminiKey: secretsmanager.Secret | undefined;
  /** All stored key hashes depend on it. */
  private readonly keyPepper: secretsmanager.Secret;
  /** Signs webhook deliveries; the receiver verifies them with the same secret. Only with `limitEventsWebhookUrl`. */
  private readonly webhookSecret: secretsmanager.Secret | undefined;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { settings } = props;

    this.network = settings.vpcId
      ? new ExistingNetwork(this, 'Network', { ...settings, vpcId: settings.vpcId })
      : new Network(this, 'Network', { egress: settings.egress, natPerZone: settings.databaseMultiAz });
    if (settings.vpcEndpoints) {
      new VpcEndpoints(this, 'Endpoints', { network: this.network, topics: settings.limitEventsTopic });
    }
    this.database = new Database(this, 'Database', { network: this.network, settings });

    this.providerKey = new secretsmanager.Secret(this, 'ProviderKey', {
      description: 'Tokenmeter: provider API key, as plain text',
      // Clearly not a key. It never changes in the template, so a deployment does not overwrite the real key.
      secretStringValue: SecretValue.unsafePlainText('put-the-provider-key-here'),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.keyPepper = new secretsmanager.Secret(this, 'KeyPepper', {
      description: 'Tokenmeter: pepper for key hashes; without it no key can be verified',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.providerKey).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The provider has no rotation API: the operator replaces the key in both places.',
    });
    Validations.of(this.keyPepper).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Stored hashes depend on the pepper: a scheduled rotation would invalidate every key.',
    });

    this.firstAdminKey = this.addFirstAdminKey();
    this.adminKey = settings.openaiAdminKey
      ? this.addKeyOfProvider('AdminKey', {
          description: "admin key of the provider's organization",
          placeholder: 'put-the-admin-key-here',
          put: 'Put the admin key',
        })
      : undefined;
    this.anthropicAdminKey = settings.anthropicAdminKey
      ? this.addKeyOfProvider('AnthropicAdminKey', {
          description: 'admin key of the organization at Anthropic',
          placeholder: 'put-the-admin-key-here',
          put: "Put Anthropic's admin key",
        })
      : undefined;
    this.anthropicKey = settings.anthropicKey
      ? this.addKeyOfProvider('AnthropicKey', {
          description: "Anthropic's API key",
          placeholder: 'put-the-provider-key-here',
          put: "Put Anthropic's key",
        })
      : undefined;
    this.geminiKey = settings.geminiKey
      ? this.addKeyOfProvider('GeminiKey', {
          description: "Google's key for the Gemini API",
          placeholder: 'put-the-provider-key-here',
          put: "Put Google's key for the Gemini API",
        })
      : undefined;
    this.webhookSecret = settings.limitEventsWebhookUrl ? this.addWebhookSecret() : undefined;

    this.publish(props.values);
    props.values.publish(this, 'settings', JSON.stringify(statefulSettings(settings)));
    new CfnOutput(this, 'ProviderKeySecret', {
      value: this.providerKey.secretArn,
      description:
        'Put the provider key here: aws secretsmanager put-secret-value --secret-id <this> --secret-string sk-…',
    });
  }

  private publish(values: DataValues): void {
    const { instance, ownerSecret } = this.database;
    const { vpc, functionSubnets, functionsGroup } = this.network;
    const { subnetIds } = vpc.selectSubnets(functionSubnets);
    values.publish(this, 'function-subnet-ids', Fn.join(',', subnetIds));
    values.publish(this, 'functions-group-id', functionsGroup.securityGroupId);
    values.publish(this, 'database-host', instance.dbInstanceEndpointAddress);
    values.publish(this, 'database-instance-id', instance.instanceIdentifier);
    values.publish(this, 'database-resource-id', this.database.resourceId);
    values.publish(this, 'database-owner-secret-arn', ownerSecret.secretArn);
    values.publish(this, 'provider-key-arn', this.providerKey.secretArn);
    values.publish(this, 'key-pepper-arn', this.keyPepper.secretArn);
    values.publish(this, 'first-admin-key-arn', this.firstAdminKey.secretArn);
    if (this.adminKey) values.publish(this, 'admin-key-arn', this.adminKey.secretArn);
    if (this.anthropicAdminKey) {
      values.publish(this, 'anthropic-admin-key-arn', this.anthropicAdminKey.secretArn);
    }
    if (this.anthropicKey) values.publish(this, 'anthropic-key-arn', this.anthropicKey.secretArn);
    if (this.geminiKey) values.publish(this, 'gemini-key-arn', this.geminiKey.secretArn);
    if (this.webhookSecret) values.publish(this, 'webhook-secret-arn', this.webhookSecret.secretArn);
  }

  private addFirstAdminKey(): secretsmanager.Secret {
    const secret = new secretsmanager.Secret(this, 'FirstAdminKey', {
      description: 'Tokenmeter: the admin key that the first deployment creates, as plain text',
      // No key. It never changes in the template, so a deployment does not overwrite the key.
      secretStringValue: SecretValue.unsafePlainText('written-by-the-first-deployment'),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The operator rotates the key with the API, which knows how long the old one must stay valid.',
    });
    new CfnOutput(this, 'FirstAdminKeySecret', {
      value: secret.secretArn,
      description:
        'Read the first admin key: aws secretsmanager get-secret-value --secret-id <this> --query SecretString --output text',
    });
    return secret;
  }

  /** A secret that the operator fills in: its output says how. */
  private addKeyOfProvider(id: string, key: { description: string; placeholder: string; put: string }) {
    const secret = new secretsmanager.Secret(this, id, {
      description: `Tokenmeter: ${key.description}, as plain text`,
      secretStringValue: SecretValue.unsafePlainText(key.placeholder),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The provider has no rotation API: the operator replaces the key in both places.',
    });
    new CfnOutput(this, `${id}Secret`, {
      value: secret.secretArn,
      description: `${key.put} here: aws secretsmanager put-secret-value --secret-id <this> --secret-string file://…`,
    });
    return secret;
  }

  private addWebhookSecret(): secretsmanager.Secret {
    const secret = new secretsmanager.Secret(this, 'WebhookSecret', {
      description: 'Tokenmeter: signing secret for the limit event webhook',
      // 44 letters and digits are valid base64 for 33 bytes, as Standard Webhooks requires.
      generateSecretString: { passwordLength: 44, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'The receiver needs the new secret first: during a rotation the operator stores both, separated by a space.',
    });
    new CfnOutput(this, 'WebhookSigningSecret', {
      value: secret.secretArn,
      description: 'Secret with which the receiver of limit events verifies signatures',
    });
    return secret;
  }
}
