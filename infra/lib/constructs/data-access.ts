/** What the data stack holds, as the app stack sees it: addresses and grants, resolved when the app stack is deployed. */

import { Fn } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { DataValue, DataValues } from '../data-values.ts';
import { DatabaseAccess } from './database-access.ts';
import { zones } from './network.ts';

export interface DataAccessProps {
  readonly values: DataValues;
  /** Number of subnets that the functions are spread over. */
  readonly functionSubnets: number;
}

/** Where functions run. */
export interface FunctionNetwork {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SubnetSelection;
  readonly securityGroup: ec2.ISecurityGroup;
}

export class DataAccess extends Construct {
  readonly network: FunctionNetwork;
  readonly database: DatabaseAccess;
  /** Names the database and the network: another text once either is replaced. */
  readonly generation: string;
  private readonly values: DataValues;

  constructor(scope: Construct, id: string, props: DataAccessProps) {
    super(scope, id);
    this.values = props.values;
    const value = (name: DataValue) => props.values.read(this, name);

    const vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', {
      // Functions are placed by their subnets; the library wants an id but writes it nowhere.
      vpcId: 'network-of-the-data-stack',
      availabilityZones: zones(props.functionSubnets),
      privateSubnetIds: Fn.split(',', value('function-subnet-ids'), props.functionSubnets),
    });
    // A function's version has room for 256 characters: the name of the instance stands for its address.
    this.generation = Fn.join(' ', [
      value('database-instance-id'),
      value('functions-group-id'),
      value('function-subnet-ids'),
    ]);
    this.network = {
      vpc,
      subnets: { subnets: vpc.privateSubnets },
      // The data stack owns the rules of the group.
      securityGroup: ec2.SecurityGroup.fromSecurityGroupId(this, 'FunctionsGroup', value('functions-group-id'), {
        mutable: false,
      }),
    };
    this.database = new DatabaseAccess(this, 'Database', {
      host: value('database-host'),
      instanceId: value('database-instance-id'),
      resourceId: value('database-resource-id'),
      ownerSecretArn: value('database-owner-secret-arn'),
    });
  }

  secret(
    name: Extract<
      DataValue,
      | 'provider-key-arn'
      | 'key-pepper-arn'
      | 'first-admin-key-arn'
      | 'admin-key-arn'
      | 'anthropic-admin-key-arn'
      | 'anthropic-key-arn'
      | 'gemini-key-arn'
      | 'webhook-secret-arn'
    >,
  ) {
    return secretsmanager.Secret.fromSecretCompleteArn(this, name, this.values.read(this, name));
  }
}
