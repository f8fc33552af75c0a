/** Turns untyped values into settings, with the default of each. */

import type { Settings } from '../settings.ts';
import { rejectContradictions } from './checks.ts';
import { type Origin, Reader, type Values } from './reader.ts';

export const DEFAULT_NAME = 'tokenmeter';
export const NAME = /^[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$/;
export const NAME_MEANING = 'at most 30 lower-case letters, digits and dashes, from a letter to a letter or digit';

const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const VPC = /^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/;
const SUBNET = /^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/;

/** Values of a file are typed, values of the command line are text. */
export function parseSettings(values: Values, origin: Origin = () => ''): Settings {
  const read = new Reader(values, origin);
  const settings: Settings = {
    name: read.text('name', DEFAULT_NAME, NAME, NAME_MEANING),
    region: read.optional('region', /^[a-z]{2}(-[a-z]+)+-\d$/, 'a region like eu-central-1'),
    architecture: read.choice('architecture', ['arm64', 'x86_64'], 'arm64'),
    ...network(read),
    ...database(read),
    ...functions(read),
    ...api(read),
    logRetentionDays: read.integer('logRetentionDays', 30, 1, 3653),
    apiGatewayLogRole: read.flag('apiGatewayLogRole', true),
    tracing: read.flag('tracing', false),
    alarmEmail: read.optional('alarmEmail', /^\S+@\S+$/, 'an e-mail address'),
    preview: read.flag('preview', false),
  };
  read.rejectUnknown(Object.keys(settings));
  rejectContradictions(settings);
  return settings;
}

function network(read: Reader) {
  return {
    egress: read.choice('egress', ['nat-gateway', 'nat-instance', 'none'], 'nat-gateway'),
    vpcId: read.optional('vpcId', VPC, 'the id of a network like vpc-0123456789abcdef0'),
    functionSubnetIds: read.list('functionSubnetIds', SUBNET, 'ids of subnets like subnet-0123456789abcdef0'),
    databaseSubnetIds: read.list('databaseSubnetIds', SUBNET, 'ids of subnets like subnet-0123456789abcdef0'),
    vpcIpv6: read.flag('vpcIpv6', false),
    vpcEndpoints: read.flag('vpcEndpoints', false),
  };
}

function database(read: Reader) {
  return {
    databaseClass: read.text(
      'databaseClass',
      't4g.small',
      /^[a-z0-9]+\.[a-z0-9]+$/,
      'an instance class like t4g.small',
    ),
    databaseMultiAz: read.flag('databaseMultiAz', false),
    databaseStorageGib: read.integer('databaseStorageGib', 20, 20, 13_000),
    databaseMaxConnections: read.integer('databaseMaxConnections', 100, 20, 5_000),
    databaseBackupDays: read.integer('databaseBackupDays', 7, 7, 35),
    databaseSnapshot: read.optional('databaseSnapshot', /^[A-Za-z][\w:/-]*$/, 'the name or ARN of a snapshot'),
    databaseRestoreFrom: read.optional(
      'databaseRestoreFrom',
      /^db-[A-Z0-9]+$/,
      'the resource id of an instance, like db-ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    ),
    databaseRestoreTime: read.optional(
      'databaseRestoreTime',
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
      'a time in UTC, like 2026-11-29T14:30:00Z',
    ),
  };
}

function functions(read: Reader) {
  return {
    reserveConcurrency: read.flag('reserveConcurrency', true),
    chatConcurrency: read.integer('chatConcurrency', 60, 1, 10_000),
    summaryConcurrency: read.integer('summaryConcurrency', 15, 1, 10_000),
    adminConcurrency: read.integer('adminConcurrency', 3, 1, 10_000),
    trafficShift: read.choice('trafficShift', ['canary', 'linear', 'all-at-once'], 'canary'),
    openaiApiBase: read.optional('openaiApiBase', /^https:\/\/\S+$/, 'an https URL'),
    // Above it, the function's own timeout would leave no time to settle.
    upstreamTimeoutSeconds: read.integer('upstreamTimeoutSeconds', 600, 10, 830),
    backgroundDeadlineHours: read.integer('backgroundDeadlineHours', 24, 1, 720),
    openaiAdminKey: read.flag('openaiAdminKey', false),
    anthropicAdminKey: read.flag('anthropicAdminKey', false),
    anthropicKey: read.flag('anthropicKey', false),
    geminiKey: read.flag('geminiKey', false),
    bedrockRegion: read.optional('bedrockRegion', /^[a-z]{2,3}(-[a-z]+)+-\d$/, 'a region like eu-central-1'),
    retentionMonths: read.optionalInteger('retentionMonths', 1, 1_200),
    limitEventsWebhookUrl: read.optional('limitEventsWebhookUrl', /^https:\/\/\S+$/, 'an https URL'),
    limitEventsTopic: read.flag('limitEventsTopic', false),
  };
}

function api(read: Reader) {
  return {
    domainName: read.optional('domainName', DOMAIN, 'a domain name like llm.example.com'),
    certificateArn: read.optional('certificateArn', certificate('[a-z0-9-]+'), 'the ARN of a certificate'),
    dashboardDomainName: read.optional('dashboardDomainName', DOMAIN, 'a domain name like usage.example.com'),
    dashboardCertificateArn: read.optional(
      'dashboardCertificateArn',
      certificate('us-east-1'),
      'the ARN of a certificate in us-east-1, where CloudFront looks for it',
    ),
    hostedZoneId: read.optional('hostedZoneId', /^Z[A-Z0-9]+$/, 'the id of a Route 53 zone'),
    apiRateLimit: read.optionalInteger('apiRateLimit', 1, 100_000),
    apiBurstLimit: read.optionalInteger('apiBurstLimit', 1, 100_000),
    firewall: read.flag('firewall', false),
    firewallRateLimit: read.integer('firewallRateLimit', 3_000, 10, 2_000_000),
  };
}

function certificate(region: string): RegExp {
  return new RegExp(`^arn:aws:acm:${region}:\\d{12}:certificate/[0-9a-f-]+$`);
}
