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
export type Dim = 'model' | 'label' | 'key' | 'endpoint' | 'status' | `tag.${string}`;
export type CallStatus = 'settled' | 'estimated' | 'failed' | 'abandoned';

/** Tags are parameters whose names no schema can list. */
type TagFilters = { [name: `tag.${string}`]: string[] };
type FilterParams = Pick<SummaryParams, 'user_label' | 'model' | 'key_id'> & TagFilters;
type RangeParams = Pick<SummaryParams, 'from' | 'to'>;

/** `group_by` of a dimension. */
export const groupBy = (dim: Dim): string => (dim === 'label' ? 'user_label' : dim);

const isoTime = (instant: number) => new Date(instant).toISOString().replace('.000Z', 'Z');

export function spanParams({ from, to }: Span): RangeParams {
  return { ...(from !== undefined && { from: isoTime(from) }), to: isoTime(to) };
}

export function filterParams({ label, model, key, tag }: View): FilterParams {
  return {
    ...(label.length > 0 && { user_label: label }),
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

interface SummaryOptions {
  /** One row for all without any. */
  by?: readonly Dim[];
  details?: boolean;
}

const summaryOf = (
  view: View,
  span: Span,
  { by = [], details }: SummaryOptions,
): SummaryParams => ({
  ...viewParams(view, span),
  group_by: by.map(groupBy).join(',') || 'none',
  ...(details && { details }),
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
}

export function timeseriesParams(
  view: View,
  asOf: number,
  { by = 'model', interval, top, details }: TimeseriesOptions,
): TimeseriesParams {
  return {
    ...viewParams(view, currentSpan(view, asOf)),
    interval,
    tz: view.tz,
    top,
    group_by: groupBy(by),
    ...(details && { details }),
  };
}

export interface CallFilters {
  status?: readonly CallStatus[];
}

const callFilters = ({ status = [] }: CallFilters) => ({
  ...(status.length > 0 && { status: [...status] }),
});

export const CALLS_PAGE = 200;

export function callsParams(view: View, asOf: number, filters: CallFilters = {}): CallsParams {
  return {
    ...viewParams(view, currentSpan(view, asOf)),
    ...callFilters(filters),
    limit: CALLS_PAGE,
  };
}

export function exportParams(
  view: View,
  asOf: number,
  format: 'csv' | 'ndjson',
  filters: CallFilters = {},
): ExportParams {
  return { ...viewParams(view, currentSpan(view, asOf)), ...callFilters(filters), format };
}
