import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { functions, synthesise } from './app.ts';

const EXISTING = {
  vpcId: 'vpc-0a1b2c3d',
  functionSubnetIds: ['subnet-0000000a', 'subnet-0000000b', 'subnet-0000000c'],
  databaseSubnetIds: ['subnet-0000000d', 'subnet-0000000e'],
};

describe('an existing network', () => {
  const { data, application } = synthesise(EXISTING);

  test('is used as it is: nothing of it is created', () => {
    for (const type of ['VPC', 'Subnet', 'NatGateway', 'InternetGateway', 'RouteTable', 'FlowLog']) {
      data.resourceCountIs(`AWS::EC2::${type}`, 0);
    }
    data.hasResourceProperties('AWS::RDS::DBSubnetGroup', { SubnetIds: EXISTING.databaseSubnetIds });
    const groups = Object.values(data.findResources('AWS::EC2::SecurityGroup'));
    expect(groups.map(({ Properties }) => Properties.VpcId)).toEqual([EXISTING.vpcId, EXISTING.vpcId]);
  });

  test('functions run in its subnets, and claim IPv6 only where there is some', () => {
    data.hasResourceProperties('AWS::SSM::Parameter', {
      Name: '/tokenmeter/tokenmeter/function-subnet-ids',
      Value: EXISTING.functionSubnetIds.join(','),
    });
    const network = (template: Template) =>
      functions(template).chat.Properties.VpcConfig as { SubnetIds: unknown[]; Ipv6AllowedForDualStack?: boolean };
    expect(network(application).SubnetIds).toHaveLength(3);
    expect(network(application)).not.toHaveProperty('Ipv6AllowedForDualStack');
    expect(network(synthesise({ ...EXISTING, vpcIpv6: true }).application).Ipv6AllowedForDualStack).toBe(true);
  });

  test('the stateful logical ids are those of a network of our own', () => {
    const ids = (template: Template) => Object.keys(template.findResources('AWS::RDS::DBInstance'));
    expect(ids(data)).toEqual(ids(synthesise().data));
  });
});

describe('endpoints of AWS APIs', () => {
  test.each([
    ['our own network', {}],
    ['an existing one', EXISTING],
  ])('in %s are private, and reached by functions alone', (_, network) => {
    const { data } = synthesise({ ...network, vpcEndpoints: true, limitEventsTopic: true });
    const endpoints = Object.values(data.findResources('AWS::EC2::VPCEndpoint')).map(({ Properties }) => Properties);
    expect(endpoints.map(({ ServiceName }) => JSON.stringify(ServiceName)).sort()).toEqual([
      expect.stringContaining('.secretsmanager'),
      expect.stringContaining('.sns'),
    ]);
    for (const endpoint of endpoints) expect(endpoint).toMatchObject({ PrivateDnsEnabled: true });
    data.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      FromPort: 443,
      ToPort: 443,
      GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^EndpointsGroup'), 'GroupId'] },
      SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^NetworkFunctionsGroup'), 'GroupId'] },
    });
  });

  test('exist only for what is called, and not by default', () => {
    synthesise({ vpcEndpoints: true }).data.resourceCountIs('AWS::EC2::VPCEndpoint', 1);
    synthesise().data.resourceCountIs('AWS::EC2::VPCEndpoint', 0);
  });
});

describe('with a standby in a second zone, each zone has its own way out', () => {
  test.each([
    ['nat-gateway', 'AWS::EC2::NatGateway', 'NatGatewayId'],
    ['nat-instance', 'AWS::EC2::Instance', 'InstanceId'],
  ] as const)('%s', (egress, type, target) => {
    const { data } = synthesise({ egress, databaseMultiAz: true });
    data.resourceCountIs(type, 2);
    const targets = Object.values(data.findResources('AWS::EC2::Route'))
      .map(({ Properties }) => Properties[target]?.Ref)
      .filter((ref) => ref !== undefined);
    expect(targets).toHaveLength(2);
    expect(new Set(targets).size).toBe(2);
    // The first one stays when the second one comes.
    const ids = (template: Template) => Object.keys(template.findResources(type));
    expect(ids(data)).toEqual(expect.arrayContaining(ids(synthesise({ egress }).data)));
  });
});
