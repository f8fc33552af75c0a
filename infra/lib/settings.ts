/** All operator settings. Parsed once in `bin/`; constructs read neither the context nor the environment. */

import { rejectContradictions } from './settings/checks.ts';
import { type Origin, Reader, type Values } from './settings/reader.ts';

export type Egress = 'nat-gateway' | 'nat-instance' | 'none';
export type FunctionArchitecture = 'arm64' | 'x86_64';

export interface Settings {
  /** Prefix of both stack names, so that one account can hold several deployments. */
  readonly name: string;
  /** The only region that this deployment may go to; undefined for any. */
  readonly region: string | undefined;
  /** Instruction set of the function binaries. */
  readonly architecture: FunctionArchitecture;
  /** IPv4 egress; IPv6 is always available. */
  readonly egress: Egress;
  /** Database instance class, without the `db.` prefix. */
  readonly databaseClass: string;
  /** Keeps a standby in a second availability zone; doubles the database price. */
  readonly databaseMultiAz: boolean;
  /** Initial disk size; grows automatically up to five times that. */
  readonly databaseStorageGib: number;
  /** `max_connections` of the database; the reserved concurrency must fit into it. */
  readonly databaseMaxConnections: number;
  /** Days of point-in-time recovery. */
  readonly databaseBackupDays: number;
  /** Snapshot that the database was restored from: its name or ARN. Without it, CloudFormation creates an empty one. */
  readonly databaseSnapshot: string | undefined;
  /** Instance that the database was restored from, to a point in time: its resource id. Stays set like the snapshot. */
  readonly databaseRestoreFrom: string | undefined;
  /** The point in time, in UTC. */
  readonly databaseRestoreTime: string | undefined;
  /** Whether to reserve concurrency for functions; accounts with a small quota may have none to reserve. */
  readonly reserveConcurrency: boolean;
  /** Concurrent calls: a stream occupies its environment, and its database connection, until it ends. */
  readonly chatConcurrency: number;
  /** Concurrent reads. */
  readonly summaryConcurrency: number;
  /** Concurrent administration requests. */
  readonly adminConcurrency: number;
  /** Base URL of the provider, if it is not OpenAI. */
  readonly openaiApiBase: string | undefined;
  /** Longest wait for the provider; a call ends with an error then. */
  readonly upstreamTimeoutSeconds: number;
  /** Creates a secret for the provider's admin key, with which `maintain` fetches usage and costs. */
  readonly openaiAdminKey: boolean;
  /** Full months of single calls to keep besides the current one; sums stay. Default: keep all. */
  readonly retentionMonths: number | undefined;
  /** Webhook for signed limit events; none by default. */
  readonly limitEventsWebhookUrl: string | undefined;
  /** Creates an SNS topic for limit events. */
  readonly limitEventsTopic: boolean;
  /** Retention of function and API logs, in days. */
  readonly logRetentionDays: number;
  /** Sets the account-wide logging role of API Gateway; false if the account already has one. */
  readonly apiGatewayLogRole: boolean;
  /** E-mail subscriber of the alarm topic. */
  readonly alarmEmail: string | undefined;
  /** For review only: replaces functions and pages that are not built with placeholders. */
  readonly preview: boolean;
}

export const DEFAULT_NAME = 'tokenmeter';
export const NAME = /^[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$/;
export const NAME_MEANING = 'at most 30 lower-case letters, digits and dashes, from a letter to a letter or digit';

/** Parses the settings; values of a file are typed, values of the command line are text. */
export function parseSettings(values: Values, origin: Origin = () => ''): Settings {
  const read = new Reader(values, origin);
  const settings: Settings = {
    name: read.text('name', DEFAULT_NAME, NAME, NAME_MEANING),
    region: read.optional('region', /^[a-z]{2}(-[a-z]+)+-\d$/, 'a region like eu-central-1'),
    architecture: read.choice('architecture', ['arm64', 'x86_64'], 'arm64'),
    egress: read.choice('egress', ['nat-gateway', 'nat-instance', 'none'], 'nat-gateway'),
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
    reserveConcurrency: read.flag('reserveConcurrency', true),
    chatConcurrency: read.integer('chatConcurrency', 60, 1, 10_000),
    summaryConcurrency: read.integer('summaryConcurrency', 15, 1, 10_000),
    adminConcurrency: read.integer('adminConcurrency', 3, 1, 10_000),
    openaiApiBase: read.optional('openaiApiBase', /^https:\/\/\S+$/, 'an https URL'),
    // Above it, the function's own timeout would leave no time to settle.
    upstreamTimeoutSeconds: read.integer('upstreamTimeoutSeconds', 600, 10, 830),
    openaiAdminKey: read.flag('openaiAdminKey', false),
    retentionMonths: read.optionalInteger('retentionMonths', 1, 1_200),
    limitEventsWebhookUrl: read.optional('limitEventsWebhookUrl', /^https:\/\/\S+$/, 'an https URL'),
    limitEventsTopic: read.flag('limitEventsTopic', false),
    logRetentionDays: read.integer('logRetentionDays', 30, 1, 3653),
    apiGatewayLogRole: read.flag('apiGatewayLogRole', true),
    alarmEmail: read.optional('alarmEmail', /^\S+@\S+$/, 'an e-mail address'),
    preview: read.flag('preview', false),
  };
  read.rejectUnknown(Object.keys(settings));
  rejectContradictions(settings);
  return settings;
}
