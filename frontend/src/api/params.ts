// From the view of a page to the query of each endpoint. Nothing else builds these parameters.
import { type Interval, type Span, spanBefore, spanOf } from '../lib/range';
import type { View } from '../lib/view';
import type { operations } from './schema.gen';

export type SummaryParams = Query<'get_summary'>;
export type TimeseriesParams = Query<'get_timeseries'>;
export type CallsParams = Query<'list_calls'>;
export type CallParams = Query<'get_call'>;
export type ExportParams = Query<'get_export'>;

type Query<Operation extends keyof operations> = NonNullable<
  operations[Operation]['parameters']['query']
>;

/** A dimension to group by. */
export type Dim = 'provider' | 'model' | 'label' | 'key' | 'endpoint' | 'status' | `tag.${string}`;
export type CallStatus = 'settled' | 'estimated' | 'failed' | 'abandoned';

/** Tags are parameters whose names no schema can list. */
type TagFilters = { [name: `tag.${string}`]: string[] };
type FilterParams = Pick<SummaryParams, 'user_label' | 'provider' | 'model' | 'key_id'> &
  TagFilters;
type RangeParams = Pick<SummaryParams, 'from' | 'to'>;

/** `group_by` of a dimension. */
export const groupBy = (dim: Dim): string => (dim === 'label' ? 'user_label' : dim);

const isoTime = (instant: number) => new Date(instant).toISOString().replace('.000Z', 'Z');

export function spanParams({ from, to }: Span): RangeParams {
  return { ...(from !== undefined && { from: isoTime(from) }), to: isoTime(to) };
}

export function filterParams({ label, provider, model, key, tag }: View): FilterParams {
  return {
    ...(label.length > 0 && { user_label: label }),
    ...(provider.length > 0 && { provider }),
    ...(model.length > 0 && { model }),
    ...(key.length > 0 && { key_id: key }),
    ...Object.fromEntries(Object.entries(tag).map(([name, values]) => [`tag.${name}`, values])),
  };
}

/** Range, filters and prices: what all reports of a view have in common. `billed` is the API's default. */
function viewParams(view: View, span: Span) {
  return {
    ...spanParams(span),
    ...filterParams(view),
    ...(view.cost === 'current' && { cost: view.cost }),
  };
}

const currentSpan = (view: View, asOf: number) => spanOf(view.range, view.tz, asOf);

export interface SummaryOptions {
  /** One row for all without any. */
  by?: readonly Dim[];
  details?: boolean;
  /** Only calls that ended so. */
  only?: { status?: CallStatus[]; endpoint?: Endpoint[] };
}

const summaryOf = (
  view: View,
  span: Span,
  { by = [], details, only }: SummaryOptions,
): SummaryParams => ({
  ...viewParams(view, span),
  group_by: by.map(groupBy).join(',') || 'none',
  ...(details && { details }),
  ...only,
});

export function summaryParams(
  view: View,
  asOf: number,
  options: SummaryOptions = {},
): SummaryParams {
  return summaryOf(view, currentSpan(view, asOf), options);
}

/** The one row of all calls of a view: headline figures, and what the heartbeat compares with. */
export const totalsParams = (view: View, asOf: number) =>
  summaryParams(view, asOf, { details: true });

/** The same for the period before; undefined where the view compares with none. */
export function summaryBeforeParams(
  view: View,
  asOf: number,
  options: SummaryOptions = {},
): SummaryParams | undefined {
  const span = view.compare === 'off' ? undefined : spanBefore(view.range, view.tz, asOf);
  return span && summaryOf(view, span, options);
}

interface TimeseriesOptions {
  by?: Dim;
  interval: Interval;
  /** How many groups have a series of their own; the rest is one `other`. 0: a total only. */
  top: number;
  details?: boolean;
  /** Percentiles too: their histograms are most of the work of a series. */
  latency?: boolean;
}

/** All sums of a point but percentiles. */
const SUMS =
  'calls,failed_calls,estimated_calls,unpriced_calls,cost_usd,total_input_tokens,total_output_tokens,total_cached_tokens,total_reasoning_tokens';

export function timeseriesParams(
  view: View,
  asOf: number,
  { by = 'model', interval, top, details, latency }: TimeseriesOptions,
): TimeseriesParams {
  return {
    ...viewParams(view, currentSpan(view, asOf)),
    interval,
    tz: view.tz,
    top,
    group_by: groupBy(by),
    ...(details && { details }),
    ...(!latency && { measures: SUMS }),
  };
}

export type Endpoint = NonNullable<CallsParams['endpoint']>[number];

export interface CallFilters {
  status?: readonly CallStatus[];
  endpoint?: readonly Endpoint[];
  /** HTTP statuses. */
  http?: readonly string[];
  /** Error codes. */
  error?: readonly string[];
  tier?: readonly string[];
}

const some = <Name extends string, T>(name: Name, values: readonly T[] = []) =>
  (values.length > 0 ? { [name]: [...values] } : {}) as { [_ in Name]?: T[] };

const callFilters = ({ status, endpoint, http, error, tier }: CallFilters) => ({
  ...some('status', status),
  ...some('endpoint', endpoint),
  ...some('http_status', http?.map(Number)),
  ...some('error_code', error),
  ...some('service_tier', tier),
});

export const CALLS_PAGE = 200;

/** What calls can be sorted by; newest first where it is undefined. */
export type CallRank = 'cost' | 'time';

export function callsParams(
  view: View,
  asOf: number,
  filters: CallFilters = {},
  rank?: CallRank,
): CallsParams {
  return {
    ...viewParams(view, currentSpan(view, asOf)),
    ...callFilters(filters),
    ...(rank && { sort: rank === 'cost' ? '-cost_usd' : '-latency_ms' }),
    limit: CALLS_PAGE,
  };
}

/** A month of 31 days, with the hour by which a clock change may prolong it. */
const MAX_RANKED_MS = (31 * 24 + 1) * 3_600_000;

/** The API sorts calls of a month at most. */
export function canRank(view: View, asOf: number): boolean {
  const { from, to } = currentSpan(view, asOf);
  return from !== undefined && to - from <= MAX_RANKED_MS;
}

/** One call at most, and how many there are. */
export function callCountParams(view: View, asOf: number, filters: CallFilters): CallsParams {
  return { ...callsParams(view, asOf, filters), limit: 1, count: true };
}

export function exportParams(
  view: View,
  asOf: number,
  format: 'csv' | 'ndjson',
  filters: CallFilters = {},
): ExportParams {
  return { ...viewParams(view, currentSpan(view, asOf)), ...callFilters(filters), format };
}
