import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSettings } from '../lib/settings/parse.ts';
import { path } from './app.ts';

test('text from the command line equals typed values from cdk.json', () => {
  const text = parseSettings({ databaseMultiAz: 'true', chatConcurrency: '40', egress: 'none' });
  expect(text).toEqual(parseSettings({ databaseMultiAz: true, chatConcurrency: 40, egress: 'none' }));
});

test.each([
  [{ egress: 'nat' }, 'egress must be one of nat-gateway, nat-instance, none, not "nat"'],
  [{ databaseBackupDays: 6 }, 'databaseBackupDays must be a whole number from 7 to 35, not 6'],
  [{ databaseMultiAz: 'yes' }, 'databaseMultiAz must be true or false, not "yes"'],
  [{ openaiApiBase: 'http://models.example.com' }, 'openaiApiBase must be an https URL'],
  [{ limitEventsWebhookUrl: 'http://example.com' }, 'limitEventsWebhookUrl must be an https URL'],
  [{ retentionMonths: 0 }, 'retentionMonths must be a whole number from 1 to 1200'],
  [{ databaseSnapshot: 'my snapshot' }, 'databaseSnapshot must be the name or ARN of a snapshot'],
  [{ databaseRestoreFrom: 'tokenmeter' }, 'databaseRestoreFrom must be the resource id of an instance'],
  [{ databaseRestoreFrom: 'db-A' }, 'databaseRestoreFrom and databaseRestoreTime belong together'],
  [{ databaseRestoreTime: '2026-11-29T14:30:00Z' }, 'databaseRestoreFrom and databaseRestoreTime belong together'],
  [{ databaseRestoreTime: '2026-11-29 14:30' }, 'databaseRestoreTime must be a time in UTC'],
  [{ databaseRestoreFrom: 'db-A', databaseRestoreTime: '2026-13-01T00:00:00Z' }, 'no date of the calendar'],
  [
    { databaseSnapshot: 's', databaseRestoreFrom: 'db-A', databaseRestoreTime: '2026-11-29T14:30:00Z' },
    'databaseSnapshot and databaseRestoreFrom exclude each other',
  ],
  [{ logRetentionDays: 31 }, 'logRetentionDays must be one of 1, 3, 5'],
  [{ vpcId: 'vpc_1' }, 'vpcId must be the id of a network'],
  [{ vpcId: 'vpc-00000001' }, 'vpcId needs functionSubnetIds with at least one subnet'],
  [{ functionSubnetIds: ['subnet-00000001'] }, 'set vpcId as well, or none of them'],
  [{ functionSubnetIds: ['10.0.0.0/24'] }, 'functionSubnetIds must be ids of subnets'],
  [{ functionSubnetIds: 'subnet-00000001,subnet-00000001' }, 'functionSubnetIds must be without repetitions'],
  [
    { vpcId: 'vpc-00000001', functionSubnetIds: 'subnet-00000001', databaseSubnetIds: 'subnet-00000002' },
    'in at least two zones',
  ],
  [
    {
      vpcId: 'vpc-00000001',
      functionSubnetIds: 'subnet-00000001',
      databaseSubnetIds: 'subnet-00000002,subnet-00000003',
      egress: 'none',
    },
    'egress is none, but the way out of an existing network belongs to its owner',
  ],
  [{ domainName: 'llm.example.com' }, 'domainName and certificateArn belong together'],
  [{ domainName: 'https://llm.example.com' }, 'domainName must be a domain name like llm.example.com'],
  [{ certificateArn: 'arn:aws:iam::1:server-certificate/a' }, 'certificateArn must be the ARN of a certificate'],
  [
    { dashboardCertificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/0a' },
    'dashboardCertificateArn must be the ARN of a certificate in us-east-1, where CloudFront looks for it',
  ],
  [
    {
      region: 'eu-central-1',
      domainName: 'llm.example.com',
      certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/0a',
    },
    'certificateArn is in us-east-1, but the API is in eu-central-1: request a certificate in eu-central-1',
  ],
  [{ hostedZoneId: 'Z1' }, 'hostedZoneId needs domainName or dashboardDomainName'],
  [{ apiBurstLimit: 10 }, 'apiBurstLimit needs apiRateLimit'],
  [{ firewallRateLimit: 9 }, 'firewallRateLimit must be a whole number from 10'],
  [{ egres: 'none' }, 'unknown setting egres'],
  [{ databaseProxy: true }, 'databaseProxy was removed'],
])('%o is rejected with its name', (context, message) => {
  expect(() => parseSettings(context)).toThrow(message);
});

test('context keys of CDK itself are ignored', () => {
  expect(() => parseSettings({ '@aws-cdk/core:x': true, 'aws:cdk:y': 1, 'cli-telemetry': false })).not.toThrow();
});

test('concurrency above the connection budget is rejected', () => {
  const tooMany = { chatConcurrency: 61, summaryConcurrency: 15 };
  expect(() => parseSettings(tooMany)).toThrow('is 81, but functions may hold 80 of the database');
  expect(() => parseSettings({ ...tooMany, chatConcurrency: 60 })).not.toThrow();
  expect(() => parseSettings({ ...tooMany, databaseMaxConnections: 200, databaseClass: 't4g.medium' })).not.toThrow();
});

test.each([
  ['t4g.micro', 50],
  ['t4g.small', 100],
  ['t3.medium', 200],
  ['m7g.large', 400],
  ['m8g.xlarge', 800],
  ['r6gd.2xlarge', 3_200],
  ['c6gd.large', 200],
])('%s has memory for %i connections', (databaseClass, limit) => {
  const few = { databaseClass, chatConcurrency: 10 };
  expect(() => parseSettings({ ...few, databaseMaxConnections: limit })).not.toThrow();
  expect(() => parseSettings({ ...few, databaseMaxConnections: limit + 1 })).toThrow(
    `databaseMaxConnections is ${limit + 1}, but ${databaseClass} has memory for ${limit} (50 for each of its`,
  );
});

test.each(['t2.micro', 'm7g.huge', 'z9.large', 'db.t4g', 't4g.4xlarge'])(
  '%s is no class that is known',
  (databaseClass) => {
    expect(() => parseSettings({ databaseClass })).toThrow(
      `databaseClass ${databaseClass} is not known: choose one of`,
    );
  },
);

test('the defaults fit each other', () => {
  expect(() => parseSettings({})).not.toThrow();
});

test('the README lists every setting with its default', () => {
  const rows = readFileSync(path('../README.md'), 'utf8').matchAll(/^\| `(\w+)` \| (?:`([^`]*)`|–) \|/gm);
  const documented = Object.fromEntries([...rows].map(([, name, value]) => [name, value]));
  const defaults = Object.fromEntries(
    Object.entries(parseSettings({})).map(([name, value]) => [name, value?.toString() || undefined]),
  );
  expect(documented).toEqual(defaults);
});
