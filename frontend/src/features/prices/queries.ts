// The price book, calls without a price, and corrections of what calls cost.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap, unwrapEmpty } from '../../api/client';
import { usageKey } from '../../api/queryClient';
import type { components } from '../../api/schema.gen';

type Schemas = components['schemas'];
export type Price = Schemas['Price'];
export type NewPrice = Schemas['NewPrice'];
export type PricePreview = Schemas['PricePreview'];
export type PriceChange = Schemas['PriceChange'];
export type PriceRevision = Schemas['PriceRevision'];
export type ToolFee = Schemas['ToolFeeRow'];
export type NewFee = Schemas['NewToolFee'];
export type ModelFact = Schemas['ModelFactRow'];

const PAGE = 200;
const MAX_PAGES = 10;
const PENDING_MS = 2_000;

/** Prefix of all queries about prices. */
export const pricesKey = ['prices'] as const;

/** All rows: which price is in effect can only be said with all rows of a model at hand. */
export const bookQuery = queryOptions({
  queryKey: [...pricesKey, 'book'],
  queryFn: async ({ signal }) => {
    const rows: Price[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const query = { limit: PAGE, ...(cursor && { cursor }) };
      const { data, next_cursor: next } = await unwrap(
        api.GET('/api/prices', { params: { query }, signal }),
      );
      rows.push(...data);
      cursor = next ?? undefined;
      if (!cursor) break;
    }
    return { rows, isWhole: !cursor };
  },
  staleTime: 30_000,
});

export const feesQuery = queryOptions({
  queryKey: [...pricesKey, 'fees'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/prices/fees', { signal })),
  select: ({ data }) => data,
  staleTime: 60_000,
});

export const addFee = (body: NewFee): Promise<ToolFee> =>
  unwrap(api.POST('/api/prices/fees', { body }));

/** For fees that have not taken effect. */
export const removeFee = (id: number): Promise<void> =>
  unwrapEmpty(api.DELETE('/api/prices/fees/{id}', { params: { path: { id } } }));

export const modelFactsQuery = queryOptions({
  queryKey: [...pricesKey, 'models'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/prices/models', { signal })),
  select: ({ data }) => data,
  staleTime: 60_000,
});

export const revisionsQuery = queryOptions({
  queryKey: [...pricesKey, 'revisions'],
  queryFn: ({ signal }) =>
    unwrap(api.GET('/api/prices/revisions', { params: { query: { limit: PAGE } }, signal })),
  refetchInterval: ({ state }) =>
    state.data?.data.some(({ status }) => status === 'pending') ? PENDING_MS : false,
});

/** With the corrections made so far: a model that has been priced since is no longer listed. */
export const unpricedQuery = queryOptions({
  queryKey: [...usageKey, 'summary', 'unpriced'],
  queryFn: ({ signal }) =>
    unwrap(
      api.GET('/api/usage/summary', {
        params: { query: { group_by: 'provider,model', cost: 'current' } },
        signal,
      }),
    ),
  select: (rows) =>
    rows
      .filter(({ unpriced_calls: calls }) => calls > 0)
      .sort((left, right) => right.unpriced_calls - left.unpriced_calls),
});

/** The month of the first call of a model without a price; undefined where there is none. */
export async function firstUnpricedMonth(
  { provider, model }: { provider?: string; model: string },
  tz: string,
): Promise<string | undefined> {
  const { series } = await unwrap(
    api.GET('/api/usage/timeseries', {
      params: {
        query: {
          ...(provider !== undefined && { provider: [provider] }),
          model: [model],
          interval: 'month',
          tz,
          top: 0,
          group_by: 'model',
          cost: 'current',
        },
      },
    }),
  );
  return series
    .flatMap(({ points }) => points)
    .filter(({ unpriced_calls: calls }) => (calls ?? 0) > 0)
    .map(({ start }) => start)
    .sort()[0];
}

export const previewPrice = (body: NewPrice): Promise<PricePreview> =>
  unwrap(api.POST('/api/prices/preview', { body }));

/** Repeated with the same preview, it is the same correction. */
export const applyPrice = (body: NewPrice, preview: string): Promise<PriceRevision> =>
  unwrap(api.POST('/api/prices/apply', { body: { ...body, preview } }));

/** For prices that no call has been settled under yet. */
export const addPrice = (body: NewPrice): Promise<Price> =>
  unwrap(api.POST('/api/prices', { body }));

export const removePrice = (id: number): Promise<void> =>
  unwrapEmpty(api.DELETE('/api/prices/{id}', { params: { path: { id } } }));

export const undoRevision = (id: number): Promise<PriceRevision> =>
  unwrap(api.POST('/api/prices/revisions/{id}/undo', { params: { path: { id } } }));
