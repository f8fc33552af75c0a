// The sort order in the URL: `?sort=cost_usd` is ascending, `?sort=-cost_usd` descending.
import type { SortingState } from '@tanstack/react-table';

export interface OverviewSearch {
  sort?: string;
}

const SORT = /^-?[a-z][a-z0-9_]*$/;

export function parseOverviewSearch(search: Record<string, unknown>): OverviewSearch {
  return typeof search.sort === 'string' && SORT.test(search.sort) ? { sort: search.sort } : {};
}

export function toSorting(sort: string | undefined): SortingState {
  if (sort === undefined) return [];
  return [sort.startsWith('-') ? { id: sort.slice(1), desc: true } : { id: sort, desc: false }];
}

export function fromSorting([first]: SortingState): string | undefined {
  return first && `${first.desc ? '-' : ''}${first.id}`;
}
