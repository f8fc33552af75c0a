/** PostgreSQL in the private network: access, backups and retention. */

import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import type { DataNetwork } from './network.ts';

export interface DatabaseProps {
  readonly network: DataNetwork;
  readonly settings: Settings;
}

export const DATABASE_NAME = 'tokenmeter';
const OWNER = 'tokenmeter';
export const PORT = 5432;

export class Database extends Construct {
  readonly instance: rds.DatabaseInstance;
  /** Credentials of the schema owner; RDS generates them and rotates them every seven days. */
  readonly ownerSecret: secretsmanager.ISecret;
  /** The id by which IAM knows the instance. */
  readonly resourceId: string;

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
        // Sessions of environments that vanished without closing them end after 90 s, which frees their slots.
        tcp_keepalives_idle: '60',
        tcp_keepalives_interval: '10',
        tcp_keepalives_count: '3',
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
      cloudwatchLogsExports: ['postgresql', 'upgrade'],
      // `parseSettings` accepts only values of this enumeration.
      cloudwatchLogsRetention: settings.logRetentionDays,
      autoMinorVersionUpgrade: true,
      allowMajorVersionUpgrade: false,
    });
    restore(this.instance, settings);
    const { secret, instanceResourceId } = this.instance;
    if (!secret || !instanceResourceId) throw new Error('the instance has no managed secret or no resource id');
    this.ownerSecret = secret;
    this.resourceId = instanceResourceId;

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
    acknowledgeLogRetention(this);
  }
}

/** The log groups belong to RDS: the CDK library sets their retention with a function of its own. */
function acknowledgeLogRetention(scope: Construct): void {
  const retention = Stack.of(scope).node.children.find((child) => child.node.id.startsWith('LogRetention'));
  if (!retention) throw new Error('the CDK library sets the retention in another way: remove the acknowledgements');
  for (const id of [
    'AwsSolutions-L1',
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    'AwsSolutions-IAM5[Resource::*]',
  ]) {
    Validations.of(retention).acknowledge({
      id,
      reason:
        'Runs only while a deployment sets the retention of the database logs; the CDK library sets its permissions.',
    });
  }
}

/**
 * Makes CloudFormation create the instance from a backup. It keeps its logical id, so an existing instance is replaced,
 * and everything that refers to it follows. Name, owner and encryption come with the backup and may not be set.
 */
function restore(instance: rds.DatabaseInstance, settings: Settings): void {
  const { databaseSnapshot, databaseRestoreFrom, databaseRestoreTime } = settings;
  if (databaseSnapshot === undefined && databaseRestoreFrom === undefined) return;
  const resource = instance.node.defaultChild as rds.CfnDBInstance;
  resource.dbSnapshotIdentifier = databaseSnapshot;
  resource.sourceDbiResourceId = databaseRestoreFrom;
  resource.restoreTime = databaseRestoreTime;
  for (const inherited of ['DBName', 'MasterUsername', 'StorageEncrypted']) {
    resource.addPropertyDeletionOverride(inherited);
  }
}

function allow(from: ec2.SecurityGroup, to: ec2.SecurityGroup, description: string): void {
  from.addEgressRule(to, ec2.Port.tcp(PORT), description);
  to.addIngressRule(from, ec2.Port.tcp(PORT), description);
}
