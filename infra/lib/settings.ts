/** All operator settings. Parsed once in `bin/`; constructs read neither the context nor the environment. */

export type Egress = 'nat-gateway' | 'nat-instance' | 'none';
export type FunctionArchitecture = 'arm64' | 'x86_64';

export interface Settings {
  /** Prefix of both stack names, so that one account can hold several deployments. */
  readonly name: string;
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

/** Concurrent runs of `maintain`: a scheduled one may be in progress while a deployment migrates. */
export const MAINTAIN_CONCURRENCY = 2;

/** Share of the database connections for functions; the rest is for people and for environments being replaced. */
const CONNECTION_SHARE = 0.8;

/** Settings of earlier versions, with what replaces them. */
const REMOVED: Readonly<Record<string, string>> = {
  databaseProxy:
    'databaseProxy was removed, because sessions of Tokenmeter pin their connections; raise databaseMaxConnections with ' +
    'databaseClass instead',
};

const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653];

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Parses the settings from a CDK context; command-line values are text, values from `cdk.json` are typed. */
export function parseSettings(context: Readonly<Record<string, unknown>>): Settings {
  const read = new Reader(context);
  const settings: Settings = {
    name: read.text('name', 'tokenmeter', /^[a-z][a-z0-9-]{0,29}$/, 'lower-case letters, digits and dashes'),
    architecture: read.choice('architecture', ['arm64', 'x86_64'], 'arm64'),
    egress: read.choice('egress', ['nat-gateway', 'nat-instance', 'none'], 'nat-gateway'),
    databaseClass: read.text(
      'databaseClass',
      't4g.micro',
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
  rejectMoreCallsThanConnections(settings);
  rejectUnclearRestore(settings);
  if (!RETENTION_DAYS.includes(settings.logRetentionDays)) {
    throw new SettingsError(`logRetentionDays must be one of ${RETENTION_DAYS.join(', ')}`);
  }
  return settings;
}

/** Total connections for all functions: each environment keeps one open. */
export function connectionBudget(settings: Settings): number {
  return Math.floor(settings.databaseMaxConnections * CONNECTION_SHARE);
}

function rejectMoreCallsThanConnections(settings: Settings): void {
  // Without reservations only the account quota applies, by the operator's choice.
  if (!settings.reserveConcurrency) return;
  const wanted =
    settings.chatConcurrency + settings.summaryConcurrency + settings.adminConcurrency + MAINTAIN_CONCURRENCY;
  const budget = connectionBudget(settings);
  if (wanted > budget) {
    throw new SettingsError(
      `chatConcurrency + summaryConcurrency + adminConcurrency + ${MAINTAIN_CONCURRENCY} for maintain is ${wanted}, but ` +
        `functions may hold ${budget} of the database's ${settings.databaseMaxConnections} connections: lower them, or raise ` +
        'databaseMaxConnections with databaseClass',
    );
  }
}

function rejectUnclearRestore(settings: Settings): void {
  const { databaseSnapshot: snapshot, databaseRestoreFrom: source, databaseRestoreTime: time } = settings;
  if ((source === undefined) !== (time === undefined)) {
    throw new SettingsError('databaseRestoreFrom and databaseRestoreTime belong together: set both or neither');
  }
  if (snapshot !== undefined && source !== undefined) {
    throw new SettingsError(
      'databaseSnapshot and databaseRestoreFrom exclude each other: set the one that the database is restored from',
    );
  }
  if (time !== undefined && Number.isNaN(Date.parse(time))) {
    throw new SettingsError(`databaseRestoreTime is no date of the calendar: ${time}`);
  }
}

class Reader {
  constructor(private readonly context: Readonly<Record<string, unknown>>) {}

  text(key: string, fallback: string, pattern: RegExp, meaning: string): string {
    return this.optional(key, pattern, meaning) ?? fallback;
  }

  optional(key: string, pattern: RegExp, meaning: string): string | undefined {
    const value = this.context[key];
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string' || !pattern.test(value)) throw malformed(key, meaning, value);
    return value;
  }

  choice<const T extends string>(key: string, values: readonly T[], fallback: T): T {
    const value = this.context[key] ?? fallback;
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw malformed(key, `one of ${values.join(', ')}`, value);
    return found;
  }

  optionalInteger(key: string, min: number, max: number): number | undefined {
    return this.context[key] === undefined ? undefined : this.integer(key, min, min, max);
  }

  integer(key: string, fallback: number, min: number, max: number): number {
    const value = this.context[key] ?? fallback;
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
      throw malformed(key, `a whole number from ${min} to ${max}`, value);
    }
    return number;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.context[key] ?? fallback;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw malformed(key, 'true or false', value);
  }

  /** A misspelt setting would silently deploy the default. CDK's own keys contain a dash, colon or slash. */
  rejectUnknown(known: readonly string[]): void {
    const removed = Object.keys(this.context).flatMap((key) => REMOVED[key] ?? []);
    if (removed.length > 0) throw new SettingsError(removed.join('; '));
    const unknown = Object.keys(this.context).filter((key) => /^[a-z][A-Za-z]*$/.test(key) && !known.includes(key));
    if (unknown.length > 0) {
      throw new SettingsError(`unknown setting ${unknown.join(', ')}; known settings: ${known.join(', ')}`);
    }
  }
}

function malformed(key: string, meaning: string, value: unknown): SettingsError {
  return new SettingsError(`${key} must be ${meaning}, not ${JSON.stringify(value)}`);
}
