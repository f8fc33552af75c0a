/** Settings that contradict each other, or that a deployment could not keep. */

import { CONNECTIONS_PER_GIB, instanceClass } from '../instance-class.ts';
import type { Settings } from '../settings.ts';
import { SettingsError } from './reader.ts';

/** Concurrent runs of `maintain`: a scheduled one may be in progress while a deployment migrates. */
export const MAINTAIN_CONCURRENCY = 2;

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
