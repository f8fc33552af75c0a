/** Access to the database from functions: address, users and grants. */

import type * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { DATABASE_NAME, PORT } from './database.ts';

/** Functions with a database role of their own, which the migrations create with `rds_iam` and minimal rights. */
export type DatabaseUser = 'chat' | 'summary' | 'admin';

/** Name of the role that the migrations create for a function. */
const databaseRole = (user: DatabaseUser): string => `tokenmeter_${user}`;

export interface DatabaseAccessProps {
  readonly host: string;
  readonly instanceId: string;
  /** The id by which IAM knows the instance; a restored database has another one. */
  readonly resourceId: string;
  /** Credentials of the schema owner. */
  readonly ownerSecretArn: string;
}

export class DatabaseAccess extends Construct {
  readonly instance: rds.IDatabaseInstance;
  private readonly ownerSecret: secretsmanager.ISecret;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DatabaseAccessProps,
  ) {
    super(scope, id);
    this.instance = rds.DatabaseInstance.fromDatabaseInstanceAttributes(this, 'Instance', {
      instanceIdentifier: props.instanceId,
      instanceEndpointAddress: props.host,
      instanceResourceId: props.resourceId,
      port: PORT,
      securityGroups: [],
    });
    this.ownerSecret = secretsmanager.Secret.fromSecretCompleteArn(this, 'Owner', props.ownerSecretArn);
  }

  /** Connection settings of a function that connects as its own user. */
  environmentFor(user: DatabaseUser): Record<string, string> {
    return { ...this.address(), DATABASE_USER: databaseRole(user), DATABASE_AUTH: 'iam' };
  }

  grantConnect(grantee: iam.IGrantable, user: DatabaseUser): void {
    this.instance.grantConnect(grantee, databaseRole(user));
  }

  /** Connection settings of a function that connects as the schema owner. */
  ownerEnvironment(): Record<string, string> {
    return { ...this.address(), DATABASE_AUTH: 'secret', DATABASE_SECRET_ARN: this.ownerSecret.secretArn };
  }

  grantOwner(grantee: iam.IGrantable): void {
    this.ownerSecret.grantRead(grantee);
  }

  private address(): Record<string, string> {
    return { DATABASE_HOST: this.props.host, DATABASE_PORT: String(PORT), DATABASE_NAME };
  }
}
