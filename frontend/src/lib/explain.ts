// Why spend changed: more or fewer tokens, a move between models, other prices. Adds up to the pico-dollar.
import { groupId } from './groups';
import { formatMoney, type MoneyMode, parseUsd, toDecimal, type UsdAmount } from './money';

/** Spend and tokens of a model in one period. */
export interface ModelSpend {
  model: string | null;
  cost_usd: UsdAmount;
  total_input_tokens: number;
  total_output_tokens: number;
}

export interface Effects {
  /** As many tokens more, at the mix and prices of before. */
  volume: bigint;
  /** A share of tokens moved to more or less expensive models, at their prices of before. */
  mix: bigint;
  /** The same tokens of the same model at the price of now: rates, cached shares, input against output. */
  price: bigint;
}

export interface ModelEffects extends Effects {
  model: string | null;
  change: bigint;
}

export interface Explanation extends Effects {
  change: bigint;
  models: ModelEffects[];
}

interface Pair {
  model: string | null;
  costNow: bigint;
  costBefore: bigint;
  tokensNow: bigint;
  tokensBefore: bigint;
}

/** Models without any known price are left out: their change is unknown, not zero. */
export function explainChange(
  now: readonly ModelSpend[],
  before: readonly ModelSpend[],
): Explanation {
  const pairs = pairUp(now, before);
  const sum = (field: 'tokensNow' | 'tokensBefore') =>
    pairs.reduce((total, pair) => total + pair[field], 0n);
  const [allNow, allBefore] = [sum('tokensNow'), sum('tokensBefore')];
  const models = pairs
    .map((pair) => effectsOf(pair, allNow, allBefore))
    .sort((left, right) => compareSize(right.change, left.change));
  const add = (field: keyof Effects | 'change') =>
    models.reduce((total, model) => total + model[field], 0n);
  return {
    volume: add('volume'),
    mix: add('mix'),
    price: add('price'),
    change: add('change'),
    models,
  };
}

function effectsOf(pair: Pair, allNow: bigint, allBefore: bigint): ModelEffects {
  const { model, costNow, costBefore, tokensNow, tokensBefore } = pair;
  const change = costNow - costBefore;
  // At the rate of before; a model that is new has none, so all of its cost is a move to it.
  const atOldRate = tokensBefore === 0n ? undefined : divide(costBefore * tokensNow, tokensBefore);
  const scaled = allBefore === 0n ? 0n : divide(costBefore * allNow, allBefore);
  const price = atOldRate === undefined || tokensNow === 0n ? 0n : costNow - atOldRate;
  const mix = allBefore === 0n ? 0n : (atOldRate ?? costNow) - scaled;
  // The rest, so that rounding is never lost.
  return { model, change, price, mix, volume: change - price - mix };
}

function pairUp(now: readonly ModelSpend[], before: readonly ModelSpend[]): Pair[] {
  const pairs = new Map<string, Pair>();
  const add = (rows: readonly ModelSpend[], when: 'Now' | 'Before') => {
    for (const row of rows) {
      if (row.cost_usd == null) continue;
      const id = groupId(row.model);
      const pair = pairs.get(id) ?? {
        model: row.model,
        costNow: 0n,
        costBefore: 0n,
        tokensNow: 0n,
        tokensBefore: 0n,
      };
      pair[`cost${when}`] += parseUsd(row.cost_usd);
      pair[`tokens${when}`] += BigInt(row.total_input_tokens + row.total_output_tokens);
      pairs.set(id, pair);
    }
  };
  add(now, 'Now');
  add(before, 'Before');
  return [...pairs.values()];
}

const divide = (value: bigint, by: bigint) => {
  const half = by / 2n;
  return (value >= 0n ? value + half : value - half) / by;
};
const abs = (value: bigint) => (value < 0n ? -value : value);
const compareSize = (left: bigint, right: bigint) =>
  abs(left) < abs(right) ? -1 : abs(left) > abs(right) ? 1 : 0;

const WORDS: Record<keyof Effects, readonly [more: string, less: string]> = {
  volume: ['more tokens', 'fewer tokens'],
  mix: ['more expensive models', 'cheaper models'],
  price: ['higher cost per token', 'lower cost per token'],
};

export function signed(pico: bigint, mode: MoneyMode = 'headline'): string {
  const text = formatMoney(toDecimal(pico), mode);
  return pico > 0n && !text.startsWith('<') ? `+${text}` : text;
}

export const effectName = (effect: keyof Effects, amount: bigint): string =>
  WORDS[effect][amount < 0n ? 1 : 0];

/** `Spend rose $12.40: +$9.10 more tokens, +$4.00 more expensive models, −$0.70 lower cost per token.` */
export function explanationText(explanation: Explanation): string {
  const { change } = explanation;
  const effects = (Object.keys(WORDS) as (keyof Effects)[])
    .map((effect) => ({ effect, amount: explanation[effect] }))
    .filter(({ amount }) => amount !== 0n)
    .sort((left, right) => compareSize(right.amount, left.amount));
  if (effects.length === 0) return 'Spend did not change.';
  const verb = change === 0n ? 'stayed the same' : change > 0n ? 'rose' : 'fell';
  const by = change === 0n ? '' : ` ${formatMoney(toDecimal(abs(change)))}`;
  const parts = effects.map(
    ({ effect, amount }) => `${signed(amount)} ${effectName(effect, amount)}`,
  );
  return `Spend ${verb}${by}: ${parts.join(', ')}.`;
}
