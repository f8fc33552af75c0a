// The form of a price. Rates stay strings and are sent as typed: a float would round them.
import { toInstant, toLocal } from '../../lib/zone';
import { toField } from '../../ui/dateFields';
import { RATE_NAMES, RATES, type Rate } from './book';
import type { NewPrice, Price } from './queries';

export const TIERS = [
  'default',
  'flex',
  'priority',
  'scale',
  'ultrafast',
  'batch',
  'peak',
  'fast',
  'us',
  'fast-us',
] as const satisfies Price['service_tier'][];

export interface PriceDraft {
  /** Who is paid. */
  provider: string;
  model: string;
  tier: Price['service_tier'];
  above: string;
  /** Local time in the zone of the page. */
  from: string;
  /** A date, or empty. */
  reviewOn: string;
  rates: Record<Rate, string>;
}

export type DraftErrors = Partial<
  Record<'provider' | 'model' | 'tier' | 'above' | 'from' | 'reviewOn' | Rate, string>
>;

const NO_RATES = Object.fromEntries(RATES.map((rate) => [rate, ''])) as Record<Rate, string>;

export const fieldOf = (instant: number, zone: string) => toField(toLocal(instant, zone));

export const emptyDraft = (
  { provider = 'openai', model = '' }: { provider?: string; model?: string },
  from: string,
): PriceDraft => ({
  provider,
  model,
  tier: 'default',
  above: '0',
  from,
  reviewOn: '',
  rates: NO_RATES,
});

/** A new price that starts from the rates of an existing one, whose review is done with it. */
export const draftOf = (price: Price, from: string): PriceDraft => ({
  provider: price.provider,
  model: price.model,
  tier: price.service_tier,
  above: String(price.above_input_tokens),
  from,
  reviewOn: '',
  rates: Object.fromEntries(RATES.map((rate) => [rate, price[rate] ?? ''])) as Record<Rate, string>,
});

const RATE = /^\d{1,9}(?:\.\d{1,6})?$/;
const PROVIDER = /^[a-z][a-z0-9-]{0,31}$/;
const COUNT = /^\d{1,12}$/;

export function validatePrice(draft: PriceDraft): DraftErrors {
  const errors: DraftErrors = {};
  if (!PROVIDER.test(draft.provider.trim())) {
    errors.provider = 'Enter a name such as anthropic: lower-case letters, digits and hyphens.';
  }
  if (!draft.model.trim()) errors.model = 'Enter a model.';
  if (!COUNT.test(draft.above.trim())) errors.above = 'Enter a number of tokens, such as 0.';
  if (draft.from === '') errors.from = 'Choose a start.';
  for (const rate of RATES) {
    const text = draft.rates[rate].trim();
    const isRequired = rate === 'input' || rate === 'output';
    if (text === '' && isRequired)
      errors[rate] = `Enter the ${RATE_NAMES[rate].toLowerCase()} rate.`;
    if (text !== '' && !RATE.test(text)) {
      errors[rate] = 'Enter USD per 1M tokens with at most 6 decimals, such as 0.075.';
    }
  }
  return errors;
}

export function toNewPrice(draft: PriceDraft, zone: string): NewPrice {
  const rate = (name: Rate) => draft.rates[name].trim() || null;
  return {
    provider: draft.provider.trim(),
    model: draft.model.trim(),
    service_tier: draft.tier,
    above_input_tokens: Number(draft.above.trim()),
    effective_from: new Date(toInstant(draft.from, zone)).toISOString(),
    review_on: draft.reviewOn || null,
    input: draft.rates.input.trim(),
    output: draft.rates.output.trim(),
    cached_input: rate('cached_input'),
    cache_write: rate('cache_write'),
    cache_write_long: rate('cache_write_long'),
    audio_input: rate('audio_input'),
    cached_audio_input: rate('cached_audio_input'),
    audio_output: rate('audio_output'),
    image_output: rate('image_output'),
  };
}

const FIELDS: Readonly<Record<string, keyof DraftErrors>> = {
  service_tier: 'tier',
  above_input_tokens: 'above',
  effective_from: 'from',
  review_on: 'reviewOn',
};

/** Maps the messages of a 422 to the fields of the form. */
export const fromFieldErrors = (errors: Readonly<Record<string, string>>): DraftErrors =>
  Object.fromEntries(Object.entries(errors).map(([name, text]) => [FIELDS[name] ?? name, text]));
