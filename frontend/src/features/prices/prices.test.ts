import { describe, expect, test } from 'vitest';
import { ApiError } from '../../api/errors';
import { linesOf, modelsOf, stateOf, trendOf } from './book';
import { draftOf, emptyDraft, fromFieldErrors, toNewPrice, validatePrice } from './draft';
import type { Price, PriceChange, PriceRevision } from './queries';
import { isPlanned, type Previewed } from './useCorrection';
import { applyText, differenceText, negated, refusalOf, undoText } from './words';

const NOW = Date.parse('2026-11-29T12:00:00Z');

const price = (fields: Partial<Price>): Price => ({
  id: 1,
  provider: 'openai',
  model: 'gpt-5',
  service_tier: 'default',
  above_input_tokens: 0,
  effective_from: '2026-01-01T00:00:00Z',
  created_at: '2026-01-01T00:00:00Z',
  input: '1.25',
  cached_input: null,
  cache_write: null,
  cache_write_long: null,
  output: '10',
  audio_input: null,
  cached_audio_input: null,
  audio_output: null,
  image_output: null,
  review_on: null,
  ...fields,
});

describe('the price book', () => {
  test('has one line for each model, tier and threshold, with the row in effect', () => {
    const lines = linesOf(
      [
        price({ id: 4, effective_from: '2026-12-01T00:00:00Z' }),
        price({ id: 3, service_tier: 'flex' }),
        price({ id: 2, effective_from: '2026-06-01T00:00:00Z' }),
        price({ id: 1 }),
        price({ id: 5, above_input_tokens: 200_000 }),
        price({ id: 6, model: 'gpt-4o' }),
      ],
      NOW,
    );
    expect(lines.map(({ model, tier, above }) => [model, tier, above])).toEqual([
      ['gpt-4o', 'default', 0],
      ['gpt-5', 'default', 0],
      ['gpt-5', 'default', 200_000],
      ['gpt-5', 'flex', 0],
    ]);
    const line = lines[1];
    expect(line?.current?.id).toBe(2);
    expect(line?.rows.map((row) => line && stateOf(line, row, NOW))).toEqual([
      'planned',
      'in effect',
      'ended',
    ]);
  });

  test('is listed by model: the first line, and how many more there are', () => {
    const lines = linesOf(
      [
        price({ id: 1, service_tier: 'flex' }),
        price({ id: 2 }),
        price({ id: 3, above_input_tokens: 200_000 }),
        price({ id: 4, provider: 'azure' }),
        price({ id: 5, model: 'gpt-4o', service_tier: 'batch' }),
      ],
      NOW,
    );
    const models = modelsOf(lines).map(({ provider, model, current, more }) => [
      provider,
      model,
      current?.id,
      more,
    ]);
    expect(models).toEqual([
      ['openai', 'gpt-4o', 5, 0],
      ['azure', 'gpt-5', 4, 0],
      ['openai', 'gpt-5', 2, 2],
    ]);
  });

  test('of two rows of one instant, counts the newest', () => {
    const [line] = linesOf([price({ id: 7, input: '2' }), price({ id: 8, input: '3' })], NOW);
    expect(line?.current?.input).toBe('3');
    expect(line?.rows.map((row) => stateOf(line, row, NOW))).toEqual(['in effect', 'replaced']);
  });

  test('marks what went up or down by value, not by text', () => {
    const before = price({ input: '9', output: '10', cached_input: null });
    const after = price({ input: '10', output: '10.00', cached_input: '1' });
    expect(trendOf(before, after, 'input')).toBe('up');
    expect(trendOf(before, after, 'output')).toBeNull();
    expect(trendOf(before, after, 'cached_input')).toBeNull();
  });
});

describe('the form of a price', () => {
  test('needs input and output, and rates of at most six decimals', () => {
    const draft = emptyDraft({}, '');
    expect(Object.keys(validatePrice(draft)).sort()).toEqual(['from', 'input', 'model', 'output']);
    const rates = { ...draft.rates, input: '0.1234567', output: '-1', cached_input: '1e3' };
    expect(Object.keys(validatePrice({ ...draft, rates })).sort()).toEqual([
      'cached_input',
      'from',
      'input',
      'model',
      'output',
    ]);
  });

  test('sends rates as typed, and the instant of its wall clock', () => {
    const draft = draftOf(price({ input: '0.1', output: '123456789.123456' }), '2026-11-20T00:00');
    expect(toNewPrice(draft, 'Europe/Berlin')).toMatchObject({
      model: 'gpt-5',
      effective_from: '2026-11-19T23:00:00.000Z',
      input: '0.1',
      output: '123456789.123456',
      cached_input: null,
    });
  });

  test('shows the errors of the API at its own fields', () => {
    expect(fromFieldErrors({ effective_from: 'too early', input: 'negative' })).toEqual({
      from: 'too early',
      input: 'negative',
    });
  });
});

const change = (fields: Partial<PriceChange>): PriceChange => ({
  calls: 2738,
  newly_priced_calls: 0,
  unchanged_calls: 0,
  stated_calls: 0,
  billed_usd: '20',
  current_usd: '20',
  corrected_usd: '7.6',
  difference_usd: '-12.4',
  ...fields,
});

const refused = (status: number, kind: string) =>
  new ApiError({
    kind: 'problem',
    status,
    problem: {
      type: `urn:tokenmeter:error:${kind}`,
      title: 'Conflict',
      status,
      detail: 'Correction 7 is being written.',
      request_id: 'req_1',
    },
  });

describe('the words of a correction', () => {
  test('say the difference with its sign and all digits where asked', () => {
    expect(applyText(change({}))).toBe('Apply −$12.40 to 2,738 calls');
    expect(applyText(change({ calls: 0 }))).toBe('Apply: no call changes');
    expect(differenceText('1.000000000001', 'exact')).toBe('+$1.000000000001');
    expect([negated('-12.4'), negated('0'), negated('0.5')]).toEqual(['12.4', '0', '-0.5']);
    const revision = { difference_usd: '-12.39999975', changed_calls: 1 } as PriceRevision;
    expect(undoText(revision)).toBe('Undo: +$12.40 on 1 call');
  });

  test('tell the price that is there from a correction that waits', () => {
    expect(refusalOf(refused(409, 'already_exists'))?.title).toBe('This price exists already');
    expect(refusalOf(refused(409, 'conflict'))?.text).toBe('Correction 7 is being written.');
    expect(refusalOf(refused(422, 'invalid_request'))).toBeUndefined();
  });

  test('only a price of the future that replaces none is added without a correction', () => {
    const of = (from: string, replaced: number | null) =>
      ({ price: { effective_from: from }, preview: { replaced_price_id: replaced } }) as Previewed;
    expect(isPlanned(of('2026-12-01T00:00:00Z', null), NOW)).toBe(true);
    expect(isPlanned(of('2026-12-01T00:00:00Z', 4), NOW)).toBe(false);
    expect(isPlanned(of('2026-11-29T12:00:00Z', null), NOW)).toBe(false);
  });
});
