// Sentences about prices and corrections.
import { ApiError } from '../../api/errors';
import { formatCount, formatNumberOf } from '../../lib/format';
import { formatMoney, parseUsd, toDecimal } from '../../lib/money';
import type { PriceChange, PriceRevision } from './queries';

/** `default`, `priority · above 200,000 input tokens`. */
export const lineText = (tier: string, above: number) =>
  above === 0 ? tier : `${tier} · above ${formatCount(above)} input tokens`;

/** `−$12.40`, `+$1.56`, `$0.00`. */
export function differenceText(amount: string, mode: 'headline' | 'exact' = 'headline'): string {
  return `${parseUsd(amount) > 0n ? '+' : ''}${formatMoney(amount, mode)}`;
}

export const negated = (amount: string): string => toDecimal(-parseUsd(amount));

/** What the button of a preview does, with its figures. */
export function applyText({ difference_usd: difference, calls }: PriceChange) {
  if (calls === 0) return 'Apply: no call changes';
  return `Apply ${differenceText(difference)} to ${formatNumberOf(calls, 'call')}`;
}

export function undoText({ difference_usd: difference, changed_calls: calls }: PriceRevision) {
  return `Undo: ${differenceText(negated(difference))} on ${formatNumberOf(calls, 'call')}`;
}

const isAlready = (error: ApiError) =>
  error.failure.kind === 'problem' && error.failure.problem.type.endsWith(':already_exists');

/** The title of a refused correction, and what to do about it. */
export function refusalOf(error: Error | null): { title: string; text: string } | undefined {
  if (!(error instanceof ApiError) || error.status !== 409) return undefined;
  const detail = error.failure.kind === 'problem' ? error.failure.problem.detail : '';
  if (isAlready(error)) {
    return {
      title: 'This price exists already',
      text: 'The price book already has these rates from this start. Change a rate or the start.',
    };
  }
  return { title: 'Not possible at the moment', text: detail };
}

/** The same for fees. */
export function feeRefusalOf(error: Error | null): { title: string; text: string } | undefined {
  const refusal = refusalOf(error);
  if (!refusal || !(error instanceof ApiError) || !isAlready(error)) return refusal;
  return {
    title: 'This fee exists already',
    text: 'The tool already has a fee from this start. Choose another start.',
  };
}
