// What the Calls page adds to the URL: how calls ended, their order, the open call, the columns.
import type { CallFilters, Endpoint } from '../../api/params';
import { type Search, valuesOf } from '../../lib/view';
import { COLUMN_IDS, type ColumnId, DEFAULT_COLUMNS } from './columnIds';

export const STATUSES = ['settled', 'estimated', 'failed', 'abandoned'] as const;

/** Those that most calls have come first. */
export const ENDPOINTS = [
  'chat.completions',
  'responses',
  'embeddings',
  'completions',
  'llm.chat',
  'responses.compact',
  'responses.input_tokens',
  'moderations',
  'responses.retrieve',
  'responses.delete',
  'responses.cancel',
  'responses.input_items',
  'messages',
  'messages.count_tokens',
  'models.generate_content',
  'models.embed_content',
  'models.batch_embed_contents',
  'models.count_tokens',
  'bedrock.converse',
  'bedrock.invoke',
  'bedrock.count_tokens',
] as const satisfies readonly Endpoint[];

/** All are shown where a filter is empty. */
export interface CallsSearch extends Required<CallFilters> {
  sort: CallSort;
  call: string | undefined;
  cols: readonly ColumnId[];
}

export const SORTS = { newest: 'Newest first', cost: 'Highest cost first', time: 'Slowest first' };
export type CallSort = keyof typeof SORTS;

/** The filters of the page, by their names in the URL. */
const FILTERS = ['status', 'endpoint', 'http', 'error', 'tier'] as const;

export function parseCallsSearch(search: Search): CallsSearch {
  const chosen = valuesOf(search, 'cols').filter((id): id is ColumnId =>
    (COLUMN_IDS as readonly string[]).includes(id),
  );
  const [sort = ''] = valuesOf(search, 'sort');
  return {
    status: STATUSES.filter((status) => valuesOf(search, 'status').includes(status)),
    endpoint: ENDPOINTS.filter((endpoint) => valuesOf(search, 'endpoint').includes(endpoint)),
    http: valuesOf(search, 'http').filter((status) => /^[1-5]\d\d$/.test(status)),
    error: valuesOf(search, 'error'),
    tier: valuesOf(search, 'tier'),
    sort: sort in SORTS ? (sort as CallSort) : 'newest',
    call: valuesOf(search, 'call')[0] || undefined,
    cols: chosen.length > 0 ? COLUMN_IDS.filter((id) => chosen.includes(id)) : DEFAULT_COLUMNS,
  };
}

/** As few parameters as say it. */
export function writeCallsSearch(search: Search, own: CallsSearch): Search {
  const isDefault = own.cols.join() === DEFAULT_COLUMNS.join();
  const others = { ...search };
  for (const name of [...FILTERS, 'sort', 'call', 'cols']) delete others[name];
  return {
    ...others,
    ...Object.fromEntries(
      FILTERS.filter((name) => own[name].length > 0).map((name) => [name, [...own[name]]]),
    ),
    ...(own.sort !== 'newest' && { sort: own.sort }),
    ...(own.call !== undefined && { call: own.call }),
    ...(!isDefault && { cols: [...own.cols] }),
  };
}

export const isFiltered = (search: CallsSearch): boolean =>
  FILTERS.some((name) => search[name].length > 0);

export const withoutOutcomes = (search: CallsSearch): CallsSearch => ({
  ...search,
  ...Object.fromEntries(FILTERS.map((name) => [name, []])),
});
