import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainChange, explanationText, type ModelSpend } from './explain';
import { parseUsd, toDecimal } from './money';

const row = (model: string, cost: string | null, input: number, output = 0): ModelSpend => ({
  model,
  cost_usd: cost,
  total_input_tokens: input,
  total_output_tokens: output,
});

describe('explainChange', () => {
  it('twice the tokens of everything is volume alone', () => {
    const before = [row('a', '1', 100), row('b', '2', 300)];
    const now = [row('a', '2', 200), row('b', '4', 600)];
    expect(explainChange(now, before)).toMatchObject({
      volume: parseUsd('3'),
      mix: 0n,
      price: 0n,
      change: parseUsd('3'),
    });
  });

  it('the same tokens at another price are price alone', () => {
    expect(explainChange([row('a', '0.75', 100)], [row('a', '1', 100)])).toMatchObject({
      volume: 0n,
      mix: 0n,
      price: parseUsd('-0.25'),
    });
  });

  it('the same tokens on a more expensive model are mix alone', () => {
    const before = [row('cheap', '1', 100), row('dear', '10', 100)];
    const now = [row('cheap', '0.5', 50), row('dear', '15', 150)];
    expect(explainChange(now, before)).toMatchObject({
      volume: 0n,
      mix: parseUsd('4.5'),
      price: 0n,
    });
  });

  it('a new model has no price of before, so its cost is mix', () => {
    const result = explainChange([row('a', '1', 100), row('new', '3', 100)], [row('a', '2', 200)]);
    expect(result).toMatchObject({ volume: 0n, mix: parseUsd('2'), price: 0n });
  });

  it('leaves out unpriced models and starts from nothing', () => {
    expect(explainChange([row('a', null, 5)], [])).toMatchObject({ change: 0n, models: [] });
    expect(explainChange([row('a', '1', 5)], [])).toMatchObject({ volume: parseUsd('1'), mix: 0n });
    expect(explainChange([], [row('a', '1', 0)])).toMatchObject({ change: parseUsd('-1') });
  });

  it('adds up to the change to the pico-dollar', () => {
    const rows = fc.array(
      fc.record({
        model: fc.constantFrom('a', 'b', 'c', null),
        cost_usd: fc.option(fc.bigInt(0n, 10n ** 18n).map(toDecimal)),
        total_input_tokens: fc.nat(10 ** 9),
        total_output_tokens: fc.nat(10 ** 9),
      }),
      { maxLength: 6 },
    );
    const total = (list: readonly ModelSpend[]) =>
      list.reduce((sum, { cost_usd }) => sum + (cost_usd == null ? 0n : parseUsd(cost_usd)), 0n);
    fc.assert(
      fc.property(rows, rows, (now, before) => {
        const { change, volume, mix, price, models } = explainChange(now, before);
        expect(change).toBe(total(now) - total(before));
        expect(volume + mix + price).toBe(change);
        for (const model of models) {
          expect(model.volume + model.mix + model.price).toBe(model.change);
        }
      }),
    );
  });
});

it('says it in one sentence, the largest effect first', () => {
  const explanation = {
    change: parseUsd('12.4'),
    volume: parseUsd('9.1'),
    mix: parseUsd('4'),
    price: parseUsd('-0.7'),
    models: [],
  };
  expect(explanationText(explanation)).toBe(
    'Spend rose $12.40: +$9.10 more tokens, +$4.00 more expensive models, −$0.70 lower cost per token.',
  );
  const none = { change: 0n, volume: 0n, mix: 0n, price: 0n, models: [] };
  expect(explanationText(none)).toBe('Spend did not change.');
});
