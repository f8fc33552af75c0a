/** Private endpoints of the AWS APIs that functions call, for networks without another way to them. */

import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { DataNetwork } from './network.ts';

export interface VpcEndpointsProps {
  readonly network: DataNetwork;
  /** Whether `maintain` publishes to a topic. */
  readonly topics: boolean;
}

export class VpcEndpoints extends Construct {
  constructor(scope: Construct, id: string, props: VpcEndpointsProps) {
    super(scope, id);
    const { vpc, functionsGroup, functionSubnets } = props.network;
    const group = new ec2.SecurityGroup(this, 'Group', {
      vpc,
      description: 'Endpoints of AWS APIs: reached by functions alone',
      allowAllOutbound: false,
    });
    group.addIngressRule(functionsGroup, ec2.Port.HTTPS, 'Functions to AWS APIs');

    const services = {
      SecretsManager: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      ...(props.topics && { Sns: ec2.InterfaceVpcEndpointAwsService.SNS }),
    };
    for (const [name, service] of Object.entries(services)) {
      new ec2.InterfaceVpcEndpoint(this, name, {
        vpc,
        service,
        subnets: functionSubnets,
        securityGroups: [group],
        privateDnsEnabled: true,
        open: false,
      });
    }
  }
}
