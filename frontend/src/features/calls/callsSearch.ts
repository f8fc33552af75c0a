// What the Calls page adds to the URL: states, the open call, the columns.
import type { CallStatus } from '../../api/params';
import { type Search, valuesOf } from '../../lib/view';
import { COLUMN_IDS, type ColumnId, DEFAULT_COLUMNS } from './columnIds';

export const STATUSES = ['settled', 'estimated', 'failed', 'abandoned'] as const;

export interface CallsSearch {
  /** All states where it is empty. */
  status: CallStatus[];
  call: string | undefined;
  cols: readonly ColumnId[];
}

export function parseCallsSearch(search: Search): CallsSearch {
  const chosen = valuesOf(search, 'cols').filter((id): id is ColumnId =>
    (COLUMN_IDS as readonly string[]).includes(id),
  );
  return {
    status: STATUSES.filter((status) => valuesOf(search, 'status').includes(status)),
    call: valuesOf(search, 'call')[0] || undefined,
    cols: chosen.length > 0 ? COLUMN_IDS.filter((id) => chosen.includes(id)) : DEFAULT_COLUMNS,
  };
}

/** As few parameters as say it. */
export function writeCallsSearch(search: Search, { status, call, cols }: CallsSearch): Search {
  const isDefault = cols.join() === DEFAULT_COLUMNS.join();
  const { status: _status, call: _call, cols: _cols, ...others } = search;
  return {
    ...others,
    ...(status.length > 0 && { status }),
    ...(call !== undefined && { call }),
    ...(!isDefault && { cols: [...cols] }),
  };
}
