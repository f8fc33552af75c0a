import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { synthesise } from './app.ts';

const { data } = synthesise();

test('stateful resources keep their logical ids', () => {
  const ids = Object.fromEntries(
    ['AWS::EC2::VPC', 'AWS::RDS::DBInstance', 'AWS::RDS::DBSubnetGroup', 'AWS::SecretsManager::Secret'].map((type) => [
      type,
      Object.keys(data.findResources(type)),
    ]),
  );
  expect(ids).toMatchInlineSnapshot(`
    {
      "AWS::EC2::VPC": [
        "NetworkVpc7FB7348F",
      ],
      "AWS::RDS::DBInstance": [
        "DatabaseInstanceAA8A5FDE",
      ],
      "AWS::RDS::DBSubnetGroup": [
        "DatabaseInstanceSubnetGroupDE121BB6",
      ],
      "AWS::SecretsManager::Secret": [
        "ProviderKeyA6B56E02",
        "KeyPepperB58BE0AC",
        "FirstAdminKey9460857A",
      ],
    }
  `);
});

test('the database is private, encrypted, backed up, and leaves a snapshot when the stack is deleted', () => {
  data.hasResource('AWS::RDS::DBInstance', {
    DeletionPolicy: 'Snapshot',
    UpdateReplacePolicy: 'Snapshot',
    Properties: {
      Engine: 'postgres',
      PubliclyAccessible: false,
      StorageEncrypted: true,
      DeletionProtection: true,
      DeleteAutomatedBackups: false,
      BackupRetentionPeriod: 7,
      EnableIAMDatabaseAuthentication: true,
      ManageMasterUserPassword: true,
      MasterUserPassword: Match.absent(),
      CACertificateIdentifier: 'rds-ca-rsa2048-g1',
    },
  });
});

test('connections are encrypted and capped by the settings', () => {
  data.hasResourceProperties('AWS::RDS::DBParameterGroup', {
    Parameters: { 'rds.force_ssl': '1', max_connections: '100' },
  });
});

test('database logs are exported and kept as long as the others', () => {
  const { data: template } = synthesise({ logRetentionDays: 90 });
  template.hasResourceProperties('AWS::RDS::DBInstance', { EnableCloudwatchLogsExports: ['postgresql', 'upgrade'] });
  for (const log of ['postgresql', 'upgrade']) {
    template.hasResourceProperties('Custom::LogRetention', {
      RetentionInDays: 90,
      LogGroupName: { 'Fn::Join': ['', Match.arrayWith([`/${log}`])] },
    });
  }
});

test('only functions reach the database, and functions reach only the database and HTTPS', () => {
  const ingress = Object.values(data.findResources('AWS::EC2::SecurityGroupIngress')).map((rule) => rule.Properties);
  expect(ingress).toHaveLength(1);
  expect(ingress[0]).toMatchObject({
    FromPort: 5432,
    ToPort: 5432,
    SourceSecurityGroupId: { 'Fn::GetAtt': [expect.stringMatching(/^NetworkFunctionsGroup/), 'GroupId'] },
  });
  data.hasResourceProperties('AWS::EC2::SecurityGroup', {
    GroupDescription: 'Functions: HTTPS out, and the database',
    SecurityGroupIngress: Match.absent(),
    SecurityGroupEgress: [
      Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 }),
      Match.objectLike({ CidrIpv6: '::/0', FromPort: 443, ToPort: 443 }),
    ],
  });
});

test('secrets outlive the stack', () => {
  data.allResources('AWS::SecretsManager::Secret', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
});

describe('egress', () => {
  const routesOver = (template: typeof data, target: string) =>
    Object.values(template.findResources('AWS::EC2::Route')).filter((route) => target in route.Properties).length;

  test('IPv6 egress exists with every IPv4 choice', () => {
    for (const egress of ['nat-gateway', 'nat-instance', 'none'] as const) {
      const { data: template } = synthesise({ egress });
      template.resourceCountIs('AWS::EC2::EgressOnlyInternetGateway', 1);
      expect(routesOver(template, 'EgressOnlyInternetGatewayId')).toBe(2);
    }
  });

  test('nat-gateway is one gateway for both zones', () => {
    data.resourceCountIs('AWS::EC2::NatGateway', 1);
    expect(routesOver(data, 'NatGatewayId')).toBe(2);
  });

  test('nat-instance is one small encrypted machine that accepts packets only from functions', () => {
    const { data: template } = synthesise({ egress: 'nat-instance' });
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.hasResourceProperties('AWS::EC2::Instance', {
      InstanceType: 't4g.nano',
      SourceDestCheck: false,
      BlockDeviceMappings: [{ Ebs: { Encrypted: true } }],
    });
    expect(routesOver(template, 'InstanceId')).toBe(2);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      FromPort: 443,
      SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^NetworkFunctionsGroup'), 'GroupId'] },
    });
  });

  test('none creates no NAT resources', () => {
    const { data: template } = synthesise({ egress: 'none' });
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::Instance', 0);
    template.resourceCountIs('AWS::EC2::EIP', 0);
  });

  test('subnets keep their addresses when egress changes', () => {
    const blocks = (template: typeof data) =>
      Object.entries(template.findResources('AWS::EC2::Subnet')).map(([id, s]) => [id, s.Properties.CidrBlock]);
    expect(blocks(synthesise({ egress: 'none' }).data)).toEqual(blocks(data));
  });
});
