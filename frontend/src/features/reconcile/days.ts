// The state of a compared day, and its causes in words.
import { parseUsd } from '../../lib/money';
import { addDays } from '../../lib/zone';
import { REPORTING, type ReportingProvider } from './providers';
import type { Days, ReconciledRow } from './queries';

export const DAYS = 92;

/** The last 92 days in UTC, which is how the provider counts; today included. */
export function lastDays(now: number): Days {
  const today = new Date(now).toISOString().slice(0, 10);
  return { from: addDays(today, 1 - DAYS), to: addDays(today, 1) };
}

export const dayAfter = (day: string): Days => ({ from: day, to: addDays(day, 1) });

export type State = 'equal' | 'explained' | 'open' | 'not final' | 'not fetched' | 'no calls';

export const STATES: Readonly<Record<State, string>> = {
  equal: 'The ledger and the provider agree.',
  explained: 'They differ, and the causes are known.',
  open: 'They differ, and no cause is known.',
  'not final': 'The provider may still change its figures.',
  'not fetched': 'The provider’s figures have not been fetched, so they are unknown.',
  'no calls': 'No calls on either side.',
};

const isZero = (row: ReconciledRow): boolean => {
  const { difference } = row;
  if (!difference) return false;
  const { cost_usd: cost, ...counts } = difference;
  return (
    (cost === null || parseUsd(cost) === 0n) &&
    Object.values(counts).every((n) => n === 0 || n === null)
  );
};

export function stateOf(row: ReconciledRow): State {
  if (row.provider === null) return 'not fetched';
  if (isZero(row) && row.causes.length === 0) return row.is_final ? 'equal' : 'not final';
  if (!row.is_final) return 'not final';
  return row.causes.includes('unexplained') || row.causes.length === 0 ? 'open' : 'explained';
}

/** All days of the range, oldest first; days without a row are absent from both sides, or were never fetched. */
export function everyDay(rows: readonly ReconciledRow[], missing: readonly string[], days: Days) {
  const byDay = new Map(rows.map((row) => [row.day, row]));
  const unknown = new Set(missing);
  const all: { day: string; row: ReconciledRow | undefined; state: State }[] = [];
  for (let day = days.from; day < days.to; day = addDays(day, 1)) {
    const row = byDay.get(day);
    const state = row ? stateOf(row) : unknown.has(day) ? 'not fetched' : 'no calls';
    all.push({ day, row, state });
  }
  return all;
}

const CAUSES: Readonly<Record<string, string>> = {
  not_fetched: 'not fetched yet',
  not_yet_final: 'the provider’s figures are not final yet',
  boundary: 'calls at the day’s edge',
  estimated_rows: 'calls with estimated tokens',
  failed_may_be_billed: 'failed calls that the provider may bill',
  earlier_attempts: 'attempts of calls that were tried again',
  not_through_us: 'calls that did not go through Tokenmeter',
  unpriced: 'calls without a price',
  tier_differs: 'another service tier',
  price_differs: 'another price',
  key_unknown: 'a provider key that is not known here',
  unexplained: 'no known cause',
};

export const causesText = (causes: readonly string[]): string =>
  causes.map((cause) => CAUSES[cause] ?? cause.replaceAll('_', ' ')).join(', ');

/** `0.2` of `$4.60` and `$4.61`; undefined where the ledger has no cost. Shown only, never added up. */
export function shareOf(row: ReconciledRow): number | undefined {
  const difference = row.difference?.cost_usd;
  const ledger = row.ledger?.cost_usd;
  if (difference == null || ledger == null || parseUsd(ledger) === 0n) return undefined;
  const size = (pico: bigint) => (pico < 0n ? -pico : pico);
  return Number((size(parseUsd(difference)) * 100_000n) / size(parseUsd(ledger))) / 100_000;
}

interface Fetching {
  status: string;
  error: string | null;
}

/** What to know about the fetching before reading the table; undefined where all is well. */
export function fetchingText(
  { status, error }: Fetching,
  provider: ReportingProvider,
): string | undefined {
  const { name, variable } = REPORTING[provider];
  if (status === 'never') {
    return `Set ${variable} to compare with ${name}. Until then only the ledger is shown.`;
  }
  if (status === 'unauthorised') {
    return `${name} refused the admin key. Check ${variable}; days since then are not compared.`;
  }
  if (status === 'incomplete')
    return `${name}’s figures are being fetched. This continues within a minute.`;
  if (status === 'failed') {
    return `The last fetch failed and will be repeated.${error ? ` The error was: ${error}` : ''}`;
  }
  return undefined;
}
