// Which limits the list shows, and in which order.
import type { Budget } from '../../lib/budgets';
import { type Search, valuesOf } from '../../lib/view';
import { meterState } from '../../ui/meterParts';

export const SHOWS = { all: 'All', refusing: 'Refusing', near: 'Near cap' } as const;

export type Show = keyof typeof SHOWS;

export function parseShow(search: Search): Show {
  const [show = 'all'] = valuesOf(search, 'show');
  return Object.hasOwn(SHOWS, show) ? (show as Show) : 'all';
}

export function isShown({ isRefusing, shares }: Budget, show: Show): boolean {
  if (show === 'all') return true;
  if (show === 'refusing') return isRefusing;
  const state = meterState({ used: shares?.used ?? 0, refusing: isRefusing });
  // Soft limits that are passed refuse nothing: they belong to those to look at.
  return !isRefusing && state !== 'ok';
}

/** Those that refuse first, then by what is used of the amount. */
export function byPressure(left: Budget, right: Budget): number {
  const refusing = Number(right.isRefusing) - Number(left.isRefusing);
  return refusing || (right.shares?.used ?? 0) - (left.shares?.used ?? 0);
}
