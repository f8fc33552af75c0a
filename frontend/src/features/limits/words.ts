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
    name: 'reserve the most they can use',
    text: 'The limit is never exceeded, but one call can reserve much of it until it ends.',
  },
  estimate: {
    name: 'reserve a typical amount',
    text: 'More calls run at once, but a large one can exceed the limit.',
  },
  refuse: { name: 'refuse them', text: 'Only calls with a maximum of output tokens are admitted.' },
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
  unbounded: 'calls without a maximum of output tokens',
  updated_at: 'changed at',
};

/** Fields that people edit: the others change with each call. */
const OWN_FIELDS = ['amount', 'mode', 'unbounded'] as const;

export const ownFields = (limit: Schemas['Limit']) =>
  Object.fromEntries(OWN_FIELDS.map((field) => [field, limit[field]]));
