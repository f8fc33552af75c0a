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
  /** Every stored key hash depends on it. */
  readonly keyPepper: secretsmanager.Secret;

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

    new CfnOutput(this, 'ProviderKeySecret', {
      value: this.providerKey.secretArn,
      description:
        'Put the provider key here: aws secretsmanager put-secret-value --secret-id <this> --secret-string sk-…',
    });
  }
}
