// A limit as a bar and a sentence: who it is for, how much is used, held and left.
import type { components } from '../api/schema.gen';
import { formatCompact } from './format';
import type { KeyNames } from './groups';
import { formatMoney, parseUsd, toDecimal } from './money';

type Schemas = components['schemas'];
type AmountValue = Schemas['Amount'];

/** What lists of limits and `usage/me` share. */
export interface LimitLike {
  id: string;
  subject: Schemas['LimitSubject'];
  metric: Schemas['Metric'];
  window: Schemas['Period'];
  mode: Schemas['Mode'];
  amount: AmountValue | null;
  used: AmountValue | null;
  reserved: AmountValue | null;
  remaining: AmountValue;
  overrun?: AmountValue | null;
  refusals?: number | null;
  resets_at: string | null;
  time_zone?: string | null;
  /** Of limits for each label, key or value: how many have a window. Their `used` is the sum over all. */
  windows?: number | null;
}

export interface Budget {
  id: string;
  /** "checkout-bot", "Everyone", "each label". */
  subject: string;
  /** "month", "in flight". */
  window: string;
  metric: Schemas['Metric'];
  isSoft: boolean;
  /** Parts of the amount; undefined where the key may not read the figures. */
  shares: { used: number; reserved: number; overrun: number } | undefined;
  isRefusing: boolean;
  /** "$231.40 of $250.00"; "$18.60 left" where only that may be read. */
  text: string;
  inFlight: string | undefined;
  refusals: number;
  /** Milliseconds. */
  resetsAt: number | undefined;
  zone: string | undefined;
  /** How many labels, keys or values have a window of a limit for each; the figures are those of the fullest. */
  windows: number | undefined;
}

/** Whole units: pico-USD, calls, tokens. */
export const limitUnits = (amount: AmountValue, metric: Schemas['Metric']): bigint =>
  metric === 'usd' ? parseUsd(String(amount)) : BigInt(amount);

const UNITS: Record<Schemas['Metric'], string> = {
  requests: ' requests',
  tokens: ' tokens',
  usd: '',
  concurrency: ' at once',
};

export function formatAmount(units: bigint, metric: Schemas['Metric']): string {
  if (metric === 'usd') return formatMoney(toDecimal(units));
  return formatCompact(Number(units));
}

/** A share for drawing and sorting; a limit of 0 is always full. */
function shareOf(part: bigint, whole: bigint): number {
  if (whole <= 0n) return part > 0n || whole === 0n ? 1 : 0;
  return Number((part * 10_000n) / whole) / 10_000;
}

export function budgetOf(limit: LimitLike, keys?: KeyNames): Budget {
  const { metric, amount, used, reserved } = limit;
  const units = (value: AmountValue | null | undefined) =>
    value == null ? undefined : limitUnits(value, metric);
  const whole = units(amount);
  const left = units(limit.remaining) ?? 0n;
  const isEach = limit.windows != null;
  // Sums over all windows say nothing about one of them; what remains is that of the fullest.
  const fullest = whole !== undefined && whole > left ? whole - left : 0n;
  const [spent, held] = isEach ? [fullest, 0n] : [units(used), units(reserved) ?? 0n];
  const isKnown = whole !== undefined && spent !== undefined;
  const isSoft = limit.mode === 'soft';
  return {
    id: limit.id,
    subject: subjectName(limit.subject, keys),
    window: metric === 'concurrency' ? 'in flight' : limit.window,
    metric,
    isSoft,
    shares: isKnown
      ? {
          used: shareOf(spent, whole),
          reserved: shareOf(held, whole),
          overrun: isEach ? 0 : shareOf(units(limit.overrun) ?? 0n, whole),
        }
      : undefined,
    // Calls in flight may hold the rest: then the next call waits, but nothing is used up.
    isRefusing: !isSoft && left <= 0n && (!isKnown || spent >= whole),
    text: isKnown
      ? `${formatAmount(spent, metric)} of ${formatAmount(whole, metric)}${UNITS[metric]}`
      : `${formatAmount(left, metric)}${UNITS[metric]} left`,
    inFlight: held > 0n && metric !== 'concurrency' ? formatAmount(held, metric) : undefined,
    refusals: limit.refusals ?? 0,
    resetsAt: limit.resets_at === null ? undefined : Date.parse(limit.resets_at),
    zone: limit.time_zone ?? undefined,
    windows: limit.windows ?? undefined,
  };
}

export function subjectName({ kind, id }: Schemas['LimitSubject'], keys?: KeyNames): string {
  if (kind === 'global' || id == null) return 'Everyone';
  if (id === '*') return `each ${kind}`;
  if (kind === 'tag' && id.endsWith('=*')) return `each ${id.slice(0, -2)}`;
  return kind === 'key' ? (keys?.get(id) ?? `key …${id.slice(-6)}`) : id;
}

/** As the start of a line. */
export const subjectTitle = (subject: string): string => subject.replace(/^each /, 'Each ');

/** Money first, then by what is used of the amount. */
export function byUrgency(left: Budget, right: Budget): number {
  const money = Number(right.metric === 'usd') - Number(left.metric === 'usd');
  return money || (right.shares?.used ?? 0) - (left.shares?.used ?? 0);
}
