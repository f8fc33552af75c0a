/** Everything an operator can choose. Parsed once in `bin/`; nothing below reads context or the environment. */

export type Egress = 'nat-gateway' | 'nat-instance' | 'none';
export type FunctionArchitecture = 'arm64' | 'x86_64';

export interface Settings {
  /** Prefix of both stack names, so that one account can hold several deployments. */
  readonly name: string;
  /** Instruction set the functions were built for. */
  readonly architecture: FunctionArchitecture;
  /** Way out of the network over IPv4; IPv6 is always there. */
  readonly egress: Egress;
  /** Instance class of the database, without the `db.` in front. */
  readonly databaseClass: string;
  /** Keeps a standby in a second zone; doubles the price of the database. */
  readonly databaseMultiAz: boolean;
  /** First size of the disk; it grows by itself up to five times that. */
  readonly databaseStorageGib: number;
  /** `max_connections` of the database; what the reserved concurrency is measured against. */
  readonly databaseMaxConnections: number;
  /** Days of point-in-time recovery. */
  readonly databaseBackupDays: number;
  /** Puts RDS Proxy between the functions and the database. */
  readonly databaseProxy: boolean;
  /** Whether functions get reserved concurrency at all; an account with a small quota may have none to reserve. */
  readonly reserveConcurrency: boolean;
  /** Calls in flight at once: a stream holds its environment, and its connection, to the end. */
  readonly chatConcurrency: number;
  /** Reads in flight at once. */
  readonly summaryConcurrency: number;
  /** Requests of administrators in flight at once. */
  readonly adminConcurrency: number;
  /** Base URL of the provider, where it is not OpenAI's own. */
  readonly openaiApiBase: string | undefined;
  /** Makes a secret for an admin key of the provider, with which its own usage and costs are fetched. */
  readonly openaiAdminKey: boolean;
  /** Whole months for which single calls are kept beside the current one; their sums stay. For ever if there is none. */
  readonly retentionMonths: number | undefined;
  /** Where events of limits are posted to, signed; nowhere if there is none. */
  readonly limitEventsWebhookUrl: string | undefined;
  /** Makes a topic that events of limits are published to. */
  readonly limitEventsTopic: boolean;
  /** How long logs of functions and of the API are kept. */
  readonly logRetentionDays: number;
  /** Sets the account-wide role API Gateway logs with; false where the account has one already. */
  readonly apiGatewayLogRole: boolean;
  /** Who is written to when an alarm goes off; the topic is there in any case. */
  readonly alarmEmail: string | undefined;
  /** Synthesise to read, not to deploy: stands placeholders in for functions and pages that are not built. */
  readonly preview: boolean;
}

/** Runs of `maintain` at once: a scheduled one may be under way while a deployment migrates. */
export const MAINTAIN_CONCURRENCY = 2;

/** The part of the database's connections the functions may hold; the rest is for people and for replaced environments. */
const CONNECTION_SHARE = 0.8;

const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653];

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Reads the settings out of a CDK context; values from the command line are text, those from `cdk.json` are typed. */
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
    databaseProxy: read.flag('databaseProxy', false),
    reserveConcurrency: read.flag('reserveConcurrency', true),
    chatConcurrency: read.integer('chatConcurrency', 60, 1, 10_000),
    summaryConcurrency: read.integer('summaryConcurrency', 15, 1, 10_000),
    adminConcurrency: read.integer('adminConcurrency', 3, 1, 10_000),
    openaiApiBase: read.optional('openaiApiBase', /^https:\/\/\S+$/, 'an https URL'),
    openaiAdminKey: read.flag('openaiAdminKey', false),
    retentionMonths: read.optionalInteger('retentionMonths', 1, 1_200),
    limitEventsWebhookUrl: read.optional('limitEventsWebhookUrl', /^https:\/\/\S+$/, 'an https URL'),
    limitEventsTopic: read.flag('limitEventsTopic', false),
    logRetentionDays: read.integer('logRetentionDays', 30, 1, 3653),
    apiGatewayLogRole: read.flag('apiGatewayLogRole', true),
    alarmEmail: read.optional('alarmEmail', /^\S+@\S+$/, 'an e-mail address'),
    preview: read.flag('preview', false),
  };
  read.refuseUnknown(Object.keys(settings));
  refuseMoreCallsThanConnections(settings);
  if (!RETENTION_DAYS.includes(settings.logRetentionDays)) {
    throw new SettingsError(`logRetentionDays must be one of ${RETENTION_DAYS.join(', ')}`);
  }
  return settings;
}

/** Connections the functions may hold together: each environment keeps one open. */
export function connectionBudget(settings: Settings): number {
  return Math.floor(settings.databaseMaxConnections * CONNECTION_SHARE);
}

function refuseMoreCallsThanConnections(settings: Settings): void {
  // The proxy multiplexes; without reservation the account's own quota is the only bound, and the operator's choice.
  if (settings.databaseProxy || !settings.reserveConcurrency) return;
  const wanted =
    settings.chatConcurrency + settings.summaryConcurrency + settings.adminConcurrency + MAINTAIN_CONCURRENCY;
  const budget = connectionBudget(settings);
  if (wanted > budget) {
    throw new SettingsError(
      `chatConcurrency + summaryConcurrency + adminConcurrency + ${MAINTAIN_CONCURRENCY} for maintain is ${wanted}, but ` +
        `functions may hold ${budget} of the database's ${settings.databaseMaxConnections} connections: lower them, raise ` +
        'databaseMaxConnections with databaseClass, or set databaseProxy',
    );
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
    if (typeof value !== 'string' || !pattern.test(value)) throw refusal(key, meaning, value);
    return value;
  }

  choice<const T extends string>(key: string, values: readonly T[], fallback: T): T {
    const value = this.context[key] ?? fallback;
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw refusal(key, `one of ${values.join(', ')}`, value);
    return found;
  }

  optionalInteger(key: string, min: number, max: number): number | undefined {
    return this.context[key] === undefined ? undefined : this.integer(key, min, min, max);
  }

  integer(key: string, fallback: number, min: number, max: number): number {
    const value = this.context[key] ?? fallback;
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
      throw refusal(key, `a whole number from ${min} to ${max}`, value);
    }
    return number;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.context[key] ?? fallback;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw refusal(key, 'true or false', value);
  }

  /** A misspelt setting would otherwise be a deployment with the default. CDK's own keys hold a dash, colon or slash. */
  refuseUnknown(known: readonly string[]): void {
    const unknown = Object.keys(this.context).filter((key) => /^[a-z][A-Za-z]*$/.test(key) && !known.includes(key));
    if (unknown.length > 0) {
      throw new SettingsError(`unknown setting ${unknown.join(', ')}; there are ${known.join(', ')}`);
    }
  }
}

function refusal(key: string, meaning: string, value: unknown): SettingsError {
  return new SettingsError(`${key} must be ${meaning}, not ${JSON.stringify(value)}`);
}
