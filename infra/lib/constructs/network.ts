/** The private network: always dual-stack, with a choice of IPv4 egress. */

import { Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Egress } from '../settings.ts';

export interface NetworkProps {
  readonly egress: Egress;
  /** Whether each zone has its own way out, so that the loss of one zone leaves the other working. */
  readonly natPerZone: boolean;
}

/** What the data stack needs of a network, whether it created it or not. */
export interface DataNetwork {
  readonly vpc: ec2.IVpc;
  /** Security group of all functions. Defined in this stack to avoid a circular dependency. */
  readonly functionsGroup: ec2.SecurityGroup;
  readonly functionSubnets: ec2.SubnetSelection;
  readonly databaseSubnets: ec2.SubnetSelection;
}

/** RDS needs two zones. */
export const ZONES = 2;

export class Network extends Construct implements DataNetwork {
  readonly vpc: ec2.Vpc;
  readonly functionsGroup: ec2.SecurityGroup;
  readonly functionSubnets: ec2.SubnetSelection = { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS };
  readonly databaseSubnets: ec2.SubnetSelection = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);

    const natInstance = props.egress === 'nat-instance' ? natInstanceProvider() : undefined;
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      ipProtocol: ec2.IpProtocol.DUAL_STACK,
      maxAzs: ZONES,
      natGateways: props.egress === 'none' ? 0 : props.natPerZone ? ZONES : 1,
      natGatewayProvider: natInstance,
      // Public subnets stay even if they are empty: changing egress must not renumber the other subnets.
      subnetConfiguration: [
        { name: 'Public', subnetType: ec2.SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
        { name: 'Functions', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
        { name: 'Database', subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      ],
      // Nothing uses the default group; emptying it would need a custom resource with rights on every group.
      restrictDefaultSecurityGroup: false,
    });
    this.logRejectedPackets();

    this.functionsGroup = addFunctionsGroup(this, this.vpc);
    if (natInstance) this.restrictNatInstance(natInstance);
  }

  private logRejectedPackets(): void {
    const logGroup = new logs.LogGroup(this, 'RejectedPackets', {
      retention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.vpc.addFlowLog('FlowLog', {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: ec2.FlowLogTrafficType.REJECT,
    });
  }

  private restrictNatInstance(provider: ec2.NatInstanceProviderV2): void {
    provider.connections.allowFrom(this.functionsGroup, ec2.Port.HTTPS, 'Functions to the internet');
    provider.connections.allowToAnyIpv4(ec2.Port.HTTPS, 'Provider and AWS APIs');
    // Its first boot installs the packet filter from the distribution's mirror.
    provider.connections.allowToAnyIpv4(ec2.Port.HTTP, 'Package mirror');
    for (const instance of provider.gatewayInstances) {
      instance.instance.blockDeviceMappings = [
        { deviceName: '/dev/xvda', ebs: { encrypted: true, volumeType: 'gp3', deleteOnTermination: true } },
      ];
      Validations.of(instance).acknowledge(
        {
          id: 'AwsSolutions-EC28',
          reason: 'Only forwards packets; one-minute metrics would cost as much as the disk.',
        },
        { id: 'AwsSolutions-EC29', reason: 'Stateless: deploying again replaces a lost instance.' },
      );
    }
  }
}

export function addFunctionsGroup(scope: Construct, vpc: ec2.IVpc): ec2.SecurityGroup {
  const group = new ec2.SecurityGroup(scope, 'FunctionsGroup', {
    vpc,
    description: 'Functions: HTTPS out, and the database',
    allowAllOutbound: false,
  });
  group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.HTTPS, 'Provider and AWS APIs');
  group.addEgressRule(ec2.Peer.anyIpv6(), ec2.Port.HTTPS, 'Provider and AWS APIs');
  return group;
}

function natInstanceProvider(): ec2.NatInstanceProviderV2 {
  return ec2.NatProvider.instanceV2({
    instanceType: ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.NANO),
    machineImage: ec2.MachineImage.latestAmazonLinux2023({ cpuType: ec2.AmazonLinuxCpuType.ARM_64 }),
    defaultAllowedTraffic: ec2.NatTrafficDirection.NONE,
    associatePublicIpAddress: true,
    // Unexpected traffic is slowed down instead of costing more.
    creditSpecification: ec2.CpuCredits.STANDARD,
  });
}

/** Zones of the deploying region, whichever it is; subnets are spread over the first ones. */
export function zones(count: number): string[] {
  return Array.from({ length: count }, (_, index) => Fn.select(index, Fn.getAzs()));
}
