// The rows of the price book by what they apply to: a model of a provider, a service tier, a size of the input.
import { compareUsd } from '../../lib/money';
import type { Price } from './queries';

export interface Line {
  key: string;
  provider: string;
  model: string;
  tier: string;
  /** For calls with more input tokens than this. */
  above: number;
  /** Newest first. */
  rows: readonly Price[];
  /** The row in effect; undefined while all are in the future. */
  current: Price | undefined;
}

/** A model by its first line: the default tier, for input of any size. */
export interface ModelLine extends Line {
  /** Further tiers, and prices of long input. */
  more: number;
}

export const RATES = [
  'input',
  'cached_input',
  'cache_write',
  'cache_write_long',
  'output',
  'audio_input',
  'cached_audio_input',
  'audio_output',
  'image_output',
] as const;
export type Rate = (typeof RATES)[number];

export const RATE_NAMES: Readonly<Record<Rate, string>> = {
  input: 'Input',
  cached_input: 'Cached input',
  cache_write: 'Cache write',
  cache_write_long: 'Long cache write',
  output: 'Output',
  audio_input: 'Audio input',
  cached_audio_input: 'Cached audio input',
  audio_output: 'Audio output',
  image_output: 'Image output',
};

const MORE_GENERAL: Readonly<Partial<Record<Rate, Rate>>> = {
  cache_write_long: 'cache_write',
  cached_audio_input: 'audio_input',
};

/** The rate that applies where a price has none of its own. */
export function fallbackOf(price: Pick<Price, Rate>, rate: Rate): Rate {
  const next = MORE_GENERAL[rate] ?? (rate.endsWith('output') ? 'output' : 'input');
  return price[next] === null ? fallbackOf(price, next) : next;
}

const at = ({ effective_from: from }: Pick<Price, 'effective_from'>) => Date.parse(from);

const lineKey = (
  price: Pick<Price, 'provider' | 'model' | 'service_tier' | 'above_input_tokens'>,
) => JSON.stringify([price.provider, price.model, price.service_tier, price.above_input_tokens]);

/** By model, then tier with `default` first, then threshold. */
export function linesOf(prices: readonly Price[], now: number): Line[] {
  const byKey = new Map<string, Price[]>();
  for (const price of prices) {
    const key = lineKey(price);
    byKey.set(key, [...(byKey.get(key) ?? []), price]);
  }
  return [...byKey].map(([key, all]) => lineOf(key, all, now)).sort(byName);
}

function lineOf(key: string, all: readonly Price[], now: number): Line {
  const rows = [...all].sort((left, right) => at(right) - at(left) || right.id - left.id);
  const [{ provider, model, service_tier: tier, above_input_tokens: above }] = rows as [Price];
  return { key, provider, model, tier, above, rows, current: rows.find((row) => at(row) <= now) };
}

/** One line for each model of a provider, in the same order. */
export function modelsOf(lines: readonly Line[]): ModelLine[] {
  const byModel = new Map<string, ModelLine>();
  for (const line of lines) {
    const key = JSON.stringify([line.provider, line.model]);
    const first = byModel.get(key);
    if (first) first.more += 1;
    else byModel.set(key, { ...line, more: 0 });
  }
  return [...byModel.values()];
}

function byName(left: Line, right: Line): number {
  const rank = ({ tier }: Line) => (tier === 'default' ? '' : tier);
  return (
    left.model.localeCompare(right.model, 'en', { numeric: true }) ||
    left.provider.localeCompare(right.provider) ||
    rank(left).localeCompare(rank(right)) ||
    left.above - right.above
  );
}

/** Rows of one instant replace each other: the newest counts. */
export function isReplaced(line: Line, price: Price): boolean {
  return line.rows.some((other) => at(other) === at(price) && other.id > price.id);
}

/** Whether the day of a review has come, in UTC. */
export const isDue = (reviewOn: string, now: number): boolean => Date.parse(reviewOn) <= now;

export type RowState = 'in effect' | 'planned' | 'ended' | 'replaced';

export function stateOf(line: Line, price: Price, now: number): RowState {
  if (isReplaced(line, price)) return 'replaced';
  if (at(price) > now) return 'planned';
  return price.id === line.current?.id ? 'in effect' : 'ended';
}

/** Whether a rate went up or down from the row before. */
export function trendOf(before: Price | undefined, price: Price, rate: Rate): 'up' | 'down' | null {
  const was = before?.[rate];
  const is = price[rate];
  if (was == null || is == null) return null;
  const change = compareUsd(is, was);
  return change === 0 ? null : change > 0 ? 'up' : 'down';
}
