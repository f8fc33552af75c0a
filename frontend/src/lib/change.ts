// The change from the period before, for amounts, counts and rates.
import { parseUsd, type UsdAmount } from './money';

export interface Change {
  direction: 'up' | 'down' | 'same';
  /** `▲ 0.4 %`, `×12`, `new`, `gone`; `±0 %` where nothing changed. */
  text: string;
}

const THIN_SPACE = '\u2009';
/** Changes from here on read better as a multiple: `×12` instead of 1,100 %. */
const MAX_PER_MILLE = 9990n;

const arrow = (direction: 'up' | 'down') => (direction === 'up' ? '▲' : '▼');

/** Undefined where neither period has anything to compare. */
export function changeOf(now: number | bigint, before: number | bigint): Change | undefined {
  const [after, base] = [toInteger(now), toInteger(before)];
  if (after === 0n && base === 0n) return undefined;
  if (base === 0n) return { direction: 'up', text: 'new' };
  if (after === 0n) return { direction: 'down', text: 'gone' };
  const difference = after - base;
  if (difference === 0n) return { direction: 'same', text: `±0${THIN_SPACE}%` };
  const direction = difference > 0n === base > 0n ? 'up' : 'down';
  const perMille = divideRounded(abs(difference) * 1000n, abs(base));
  if (perMille > MAX_PER_MILLE) {
    return { direction, text: `×${divideRounded(abs(after), abs(base))}` };
  }
  const text = perMille === 0n ? '< 0.1' : `${perMille / 10n}.${perMille % 10n}`;
  return { direction, text: `${arrow(direction)} ${text}${THIN_SPACE}%` };
}

/** Of two amounts; undefined where one of them is unknown. */
export function moneyChangeOf(now: UsdAmount, before: UsdAmount): Change | undefined {
  if (now == null || before == null) return undefined;
  return changeOf(parseUsd(now), parseUsd(before));
}

/** Of two shares between 0 and 1, in percentage points: `▲ 0.1 pt`. */
export function rateChangeOf(now: number, before: number): Change {
  const points = Math.round((now - before) * 1000);
  if (points === 0) return { direction: 'same', text: '±0 pt' };
  const direction = points > 0 ? 'up' : 'down';
  return { direction, text: `${arrow(direction)} ${(Math.abs(points) / 10).toFixed(1)} pt` };
}

/** Milliseconds and counts are whole enough at a millionth. */
function toInteger(value: number | bigint): bigint {
  return typeof value === 'bigint' ? value * 1_000_000n : BigInt(Math.round(value * 1_000_000));
}

const abs = (value: bigint) => (value < 0n ? -value : value);
const divideRounded = (value: bigint, by: bigint) => (value * 2n + by) / (by * 2n);
