// What a limit does, in words.
import type { components } from '../../api/schema.gen';
import { formatAmount, limitUnits } from '../../lib/budgets';

type Schemas = components['schemas'];
export type Metric = Schemas['Metric'];
export type Period = Schemas['Period'];
export type Mode = Schemas['Mode'];
export type Unbounded = Schemas['Unbounded'];

export const METRICS: Record<Metric, string> = {
  usd: 'USD',
  tokens: 'tokens',
  requests: 'requests',
  concurrency: 'calls at once',
};

export const WINDOWS: Record<Period, string> = {
  minute: 'minute',
  hour: 'hour',
  day: 'day',
  week: 'week',
  month: 'month',
  total: 'in total',
};

export const MODES: Record<Mode, string> = {
  hard: 'refuse further calls',
  soft: 'notify only',
};

export const UNBOUNDED: Record<Unbounded, { name: string; text: string }> = {
  reserve: {
    name: 'reserve the most it can use',
    text: 'The limit is never passed, but one call may hold much of it until it ends.',
  },
  estimate: {
    name: 'reserve a typical amount',
    text: 'More calls fit side by side, but a large one may pass the limit.',
  },
  refuse: { name: 'refuse it', text: 'Only calls whose size is known beforehand are let in.' },
};

/** `spend per month`, `tokens in total`, `calls at once`. */
export function whatText({ metric, window }: { metric: Metric; window: Period }): string {
  if (metric === 'concurrency') return METRICS.concurrency;
  const counted = metric === 'usd' ? 'spend' : METRICS[metric];
  return window === 'total' ? `${counted} in total` : `${counted} per ${window}`;
}

export const MODE_WORDS: Record<Mode, string> = { hard: 'hard', soft: 'soft' };

/** `$250.00`, `1 request`, `1,000 tokens`. */
export function unitsText(units: bigint, metric: Metric): string {
  const text = formatAmount(units, metric);
  if (metric === 'usd') return text;
  const unit = METRICS[metric];
  return `${text} ${units === 1n ? unit.replace(/s(?= |$)/, '') : unit}`;
}

export const amountText = (amount: Schemas['Amount'], metric: Metric): string =>
  unitsText(limitUnits(amount, metric), metric);

export const LIMIT_FIELDS: Readonly<Record<string, string>> = {
  unbounded: 'calls of unknown size',
  updated_at: 'changed at',
};

/** Fields that change with each call are no changes that somebody made. */
const OWN_FIELDS = ['amount', 'mode', 'unbounded'] as const;

export const ownFields = (limit: Schemas['Limit']) =>
  Object.fromEntries(OWN_FIELDS.map((field) => [field, limit[field]]));
