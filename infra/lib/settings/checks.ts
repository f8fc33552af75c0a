/** Settings that contradict each other, or that a deployment could not keep. */

import { CONNECTIONS_PER_GIB, instanceClass } from '../instance-class.ts';
import type { Settings } from '../settings.ts';
import { SettingsError } from './reader.ts';

/** Concurrent runs of `maintain`: a scheduled one may be in progress while a deployment migrates. */
export const MAINTAIN_CONCURRENCY = 2;

/** Their ids are part of the description of a function's version, which has room for no more. */
const MOST_FUNCTION_SUBNETS = 6;

/** Share of the database connections for functions; the rest is for people and for environments being replaced. */
const CONNECTION_SHARE = 0.8;

const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653];

/** Total connections for all functions: each environment keeps one open. */
export function connectionBudget(settings: Settings): number {
  return Math.floor(settings.databaseMaxConnections * CONNECTION_SHARE);
}

export function rejectContradictions(settings: Settings): void {
  rejectMoreConnectionsThanMemory(settings);
  rejectMoreCallsThanConnections(settings);
  rejectUnclearRestore(settings);
  rejectUnclearNetwork(settings);
  rejectUnclearDomains(settings);
  if (settings.apiBurstLimit !== undefined && settings.apiRateLimit === undefined) {
    throw new SettingsError('apiBurstLimit needs apiRateLimit: set both, or neither for the quota of the account');
  }
  if (!RETENTION_DAYS.includes(settings.logRetentionDays)) {
    throw new SettingsError(`logRetentionDays must be one of ${RETENTION_DAYS.join(', ')}`);
  }
}

function rejectMoreConnectionsThanMemory({ databaseClass, databaseMaxConnections }: Settings): void {
  const facts = instanceClass(databaseClass);
  if (facts === undefined) {
    throw new SettingsError(
      `databaseClass ${databaseClass} is not known: choose one of the families t3, t4g, m, r, x or c, like t4g.small or m7g.large`,
    );
  }
  const limit = facts.memoryGib * CONNECTIONS_PER_GIB;
  if (databaseMaxConnections > limit) {
    throw new SettingsError(
      `databaseMaxConnections is ${databaseMaxConnections}, but ${databaseClass} has memory for ${limit} ` +
        `(${CONNECTIONS_PER_GIB} for each of its ${facts.memoryGib} GiB): lower it, or choose a larger databaseClass`,
    );
  }
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

function rejectUnclearNetwork(settings: Settings): void {
  const { vpcId, functionSubnetIds, databaseSubnetIds, vpcIpv6, egress } = settings;
  if (vpcId === undefined) {
    if (functionSubnetIds.length > 0 || databaseSubnetIds.length > 0 || vpcIpv6) {
      throw new SettingsError(
        'functionSubnetIds, databaseSubnetIds and vpcIpv6 describe an existing network: set vpcId as well, or none of them',
      );
    }
    return;
  }
  if (functionSubnetIds.length === 0 || databaseSubnetIds.length < 2) {
    throw new SettingsError(
      'vpcId needs functionSubnetIds with at least one subnet, and databaseSubnetIds with subnets in at least two zones',
    );
  }
  if (functionSubnetIds.length > MOST_FUNCTION_SUBNETS) {
    throw new SettingsError(
      `functionSubnetIds has ${functionSubnetIds.length} subnets, but at most ${MOST_FUNCTION_SUBNETS} are supported: ` +
        'one in each zone is enough',
    );
  }
  if (egress !== 'nat-gateway') {
    throw new SettingsError(
      `egress is ${egress}, but the way out of an existing network belongs to its owner: remove egress or vpcId`,
    );
  }
}

function rejectUnclearDomains(settings: Settings): void {
  const pairs = [
    ['domainName', 'certificateArn'],
    ['dashboardDomainName', 'dashboardCertificateArn'],
  ] as const;
  for (const [domain, certificate] of pairs) {
    if ((settings[domain] === undefined) !== (settings[certificate] === undefined)) {
      throw new SettingsError(`${domain} and ${certificate} belong together: set both or neither`);
    }
  }
  const { domainName, dashboardDomainName, certificateArn, region, hostedZoneId } = settings;
  if (domainName !== undefined && domainName === dashboardDomainName) {
    throw new SettingsError(
      `domainName and dashboardDomainName are both ${domainName}: API and dashboard need two names`,
    );
  }
  const certificateRegion = certificateArn?.split(':')[3];
  if (region !== undefined && certificateRegion !== undefined && certificateRegion !== region) {
    throw new SettingsError(
      `certificateArn is in ${certificateRegion}, but the API is in ${region}: request a certificate in ${region}`,
    );
  }
  if (hostedZoneId !== undefined && domainName === undefined && dashboardDomainName === undefined) {
    throw new SettingsError('hostedZoneId needs domainName or dashboardDomainName: there is no record to create');
  }
}
