/** What must outlive every release: network, database and secrets. */

import { CfnOutput, RemovalPolicy, SecretValue, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { Database } from './constructs/database.ts';
import { Network } from './constructs/network.ts';
import type { Settings } from './settings.ts';

export interface DataStackProps extends StackProps {
  readonly settings: Settings;
}

export class DataStack extends Stack {
  readonly network: Network;
  readonly database: Database;
  /** The operator fills it in once, after the first deployment. */
  readonly providerKey: secretsmanager.Secret;
  /** Where it is wanted; the operator fills it in, too. */
  readonly adminKey: secretsmanager.Secret | undefined;
  /** Every stored key hash depends on it. */
  readonly keyPepper: secretsmanager.Secret;
  /** Signs what is posted to the webhook, where there is one; the receiver is given it too. */
  readonly webhookSecret: secretsmanager.Secret | undefined;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { settings } = props;

    this.network = new Network(this, 'Network', { egress: settings.egress });
    this.database = new Database(this, 'Database', { network: this.network, settings });

    this.providerKey = new secretsmanager.Secret(this, 'ProviderKey', {
      description: 'Tokenmeter: API key of the provider, as plain text',
      // A text nobody takes for a key. It stays as it is in the template, so a later deployment does not undo the real one.
      secretStringValue: SecretValue.unsafePlainText('put-the-provider-key-here'),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.keyPepper = new secretsmanager.Secret(this, 'KeyPepper', {
      description: 'Tokenmeter: pepper of the key hashes; without it no key can be checked',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.providerKey).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The provider has no rotation API: the operator replaces the key there and here.',
    });
    Validations.of(this.keyPepper).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Stored hashes depend on the pepper: a scheduled rotation would turn every key away.',
    });

    this.adminKey = settings.openaiAdminKey ? this.addAdminKey() : undefined;
    this.webhookSecret = settings.limitEventsWebhookUrl ? this.addWebhookSecret() : undefined;

    new CfnOutput(this, 'ProviderKeySecret', {
      value: this.providerKey.secretArn,
      description:
        'Put the provider key here: aws secretsmanager put-secret-value --secret-id <this> --secret-string sk-…',
    });
  }

  private addAdminKey(): secretsmanager.Secret {
    const secret = new secretsmanager.Secret(this, 'AdminKey', {
      description: "Tokenmeter: admin key of the provider's organization, as plain text",
      secretStringValue: SecretValue.unsafePlainText('put-the-admin-key-here'),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The provider has no rotation API: the operator replaces the key there and here.',
    });
    new CfnOutput(this, 'AdminKeySecret', {
      value: secret.secretArn,
      description:
        'Put the admin key here: aws secretsmanager put-secret-value --secret-id <this> --secret-string sk-admin-…',
    });
    return secret;
  }

  private addWebhookSecret(): secretsmanager.Secret {
    const secret = new secretsmanager.Secret(this, 'WebhookSecret', {
      description: 'Tokenmeter: signs events of limits that are posted to the webhook',
      // Letters and digits, a multiple of four: base64 of 33 bytes, as Standard Webhooks takes it.
      generateSecretString: { passwordLength: 44, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'The receiver must be given the new one: the operator puts both there, with a space between, for a while.',
    });
    new CfnOutput(this, 'WebhookSigningSecret', {
      value: secret.secretArn,
      description: 'What the receiver of limit events checks signatures with',
    });
    return secret;
  }
}
