/** PostgreSQL in the private network: access, users, backups and retention. */

import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import type { Network } from './network.ts';

/** Functions with a database role of their own, which the migrations create with `rds_iam` and minimal rights. */
export type DatabaseUser = 'chat' | 'summary' | 'admin';

/** Name of the role that the migrations create for a function. */
const databaseRole = (user: DatabaseUser): string => `tokenmeter_${user}`;

export interface DatabaseProps {
  readonly network: Network;
  readonly settings: Pick<
    Settings,
    | 'databaseClass'
    | 'databaseMultiAz'
    | 'databaseStorageGib'
    | 'databaseMaxConnections'
    | 'databaseBackupDays'
    | 'databaseProxy'
  >;
}

const DATABASE_NAME = 'tokenmeter';
const OWNER = 'tokenmeter';
const PORT = 5432;

export class Database extends Construct {
  readonly instance: rds.DatabaseInstance;
  /** Credentials of the schema owner; RDS generates them and rotates them every seven days. */
  readonly ownerSecret: secretsmanager.ISecret;
  private readonly proxy: rds.DatabaseProxy | undefined;

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id);
    const { network, settings } = props;

    const group = new ec2.SecurityGroup(this, 'Group', {
      vpc: network.vpc,
      description: 'Database: reached by functions alone',
      allowAllOutbound: false,
    });
    allow(network.functionsGroup, group, 'Functions to the database');

    this.instance = new rds.DatabaseInstance(this, 'Instance', {
      engine: rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_18 }),
      instanceType: new ec2.InstanceType(settings.databaseClass),
      vpc: network.vpc,
      vpcSubnets: network.databaseSubnets,
      securityGroups: [group],
      publiclyAccessible: false,
      multiAz: settings.databaseMultiAz,
      port: PORT,
      databaseName: DATABASE_NAME,

      credentials: rds.Credentials.fromUsername(OWNER),
      manageMasterUserPassword: true,
      iamAuthentication: true,
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      parameters: {
        'rds.force_ssl': '1',
        // Explicit, because the reserved concurrency of the functions must fit into it.
        max_connections: String(settings.databaseMaxConnections),
        log_min_duration_statement: '1000',
      },

      storageType: rds.StorageType.GP3,
      allocatedStorage: settings.databaseStorageGib,
      maxAllocatedStorage: settings.databaseStorageGib * 5,
      storageEncrypted: true,
      backupRetention: Duration.days(settings.databaseBackupDays),
      deleteAutomatedBackups: false,
      copyTagsToSnapshot: true,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.SNAPSHOT,
      autoMinorVersionUpgrade: true,
      allowMajorVersionUpgrade: false,
    });
    if (!this.instance.secret) throw new Error('RDS manages the owner password but returned no secret');
    this.ownerSecret = this.instance.secret;

    Validations.of(this.instance).acknowledge(
      {
        id: 'AwsSolutions-RDS3',
        reason: 'A second zone doubles the price; databaseMultiAz turns it on for production.',
      },
      {
        id: 'AwsSolutions-RDS11',
        reason: 'Only the functions group can reach the port; a different port would add no protection.',
      },
    );

    this.proxy = settings.databaseProxy ? this.addProxy(network, group) : undefined;
  }

  /** Connection settings of a function that connects as its own user. */
  environmentFor(user: DatabaseUser): Record<string, string> {
    return {
      ...this.address(this.proxy?.endpoint ?? this.instance.dbInstanceEndpointAddress),
      DATABASE_USER: databaseRole(user),
      DATABASE_AUTH: 'iam',
    };
  }

  grantConnect(grantee: iam.IGrantable, user: DatabaseUser): void {
    if (this.proxy) {
      this.proxy.grantConnect(grantee, databaseRole(user));
    } else {
      this.instance.grantConnect(grantee, databaseRole(user));
    }
  }

  /** For migrations: as the owner, and bypassing the proxy, which would pin the session. */
  ownerEnvironment(): Record<string, string> {
    return {
      ...this.address(this.instance.dbInstanceEndpointAddress),
      DATABASE_AUTH: 'secret',
      DATABASE_SECRET_ARN: this.ownerSecret.secretArn,
    };
  }

  grantOwner(grantee: iam.IGrantable): void {
    this.ownerSecret.grantRead(grantee);
  }

  private address(host: string): Record<string, string> {
    return { DATABASE_HOST: host, DATABASE_PORT: String(PORT), DATABASE_NAME };
  }

  private addProxy(network: Network, databaseGroup: ec2.SecurityGroup): rds.DatabaseProxy {
    const group = new ec2.SecurityGroup(this, 'ProxyGroup', {
      vpc: network.vpc,
      description: 'Database proxy: between functions and the database',
      allowAllOutbound: false,
    });
    allow(network.functionsGroup, group, 'Functions to the proxy');
    allow(group, databaseGroup, 'Proxy to the database');

    const proxyRole = new iam.Role(this, 'ProxyRole', { assumedBy: new iam.ServicePrincipal('rds.amazonaws.com') });
    for (const user of ['chat', 'summary', 'admin'] satisfies DatabaseUser[])
      this.instance.grantConnect(proxyRole, databaseRole(user));
    return new rds.DatabaseProxy(this, 'Proxy', {
      proxyTarget: rds.ProxyTarget.fromInstance(this.instance),
      vpc: network.vpc,
      vpcSubnets: network.databaseSubnets,
      securityGroups: [group],
      role: proxyRole,
      iamAuth: true,
      // The caller's IAM identity is passed to the database, so functions need no passwords.
      defaultAuthScheme: rds.DefaultAuthScheme.IAM_AUTH,
      requireTLS: true,
      maxConnectionsPercent: 90,
      borrowTimeout: Duration.seconds(5),
    });
  }
}

function allow(from: ec2.SecurityGroup, to: ec2.SecurityGroup, description: string): void {
  from.addEgressRule(to, ec2.Port.tcp(PORT), description);
  to.addIngressRule(from, ec2.Port.tcp(PORT), description);
}
