/** A network that exists already: its owner provides subnets, routes and name resolution. */

import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { addFunctionsGroup, type DataNetwork, zones } from './network.ts';

export interface ExistingNetworkProps {
  readonly vpcId: string;
  /** Private subnets with a route to the provider. */
  readonly functionSubnetIds: readonly string[];
  /** Private subnets in at least two zones. */
  readonly databaseSubnetIds: readonly string[];
}

export class ExistingNetwork extends Construct implements DataNetwork {
  readonly vpc: ec2.IVpc;
  readonly functionsGroup: ec2.SecurityGroup;
  readonly functionSubnets: ec2.SubnetSelection;
  readonly databaseSubnets: ec2.SubnetSelection;

  constructor(scope: Construct, id: string, props: ExistingNetworkProps) {
    super(scope, id);
    this.vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', { vpcId: props.vpcId, availabilityZones: zones(2) });
    this.functionSubnets = this.subnets(props.functionSubnetIds);
    this.databaseSubnets = this.subnets(props.databaseSubnetIds);
    this.functionsGroup = addFunctionsGroup(this, this.vpc);
  }

  private subnets(ids: readonly string[]): ec2.SubnetSelection {
    const existing = (id: string) =>
      (this.node.tryFindChild(id) as ec2.ISubnet | undefined) ?? ec2.Subnet.fromSubnetId(this, id, id);
    return { subnets: ids.map(existing) };
  }
}
