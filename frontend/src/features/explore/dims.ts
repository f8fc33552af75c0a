// How a group narrows what is shown: by a filter of the view, or by how its calls ended.
import type { CallStatus, Dim, Endpoint, SummaryOptions } from '../../api/params';
import { type FilterField, isListField, type View } from '../../lib/view';

/** Endpoints and statuses are filters of the calls, not of the view. */
export const isFilter = (dim: Dim): dim is FilterField & Dim =>
  isListField(dim) || dim.startsWith('tag.');

export function filteredBy(view: View, dim: Dim): readonly string[] {
  if (isListField(dim)) return view[dim];
  return dim.startsWith('tag.') ? (view.tag[dim.slice(4)] ?? []) : [];
}

/** Only this value of a dimension. */
export function withOnly(view: View, dim: FilterField, value: string): View {
  if (dim.startsWith('tag.')) return { ...view, tag: { ...view.tag, [dim.slice(4)]: [value] } };
  return { ...view, [dim]: [value] };
}

/** The filter on how calls ended that selects a group; empty where a filter of the view does. */
export function outcomeOf(dim: Dim, value: string): NonNullable<SummaryOptions['only']> {
  if (dim === 'status') return { status: [value as CallStatus] };
  return dim === 'endpoint' ? { endpoint: [value as Endpoint] } : {};
}

export const canNarrow = (dim: Dim): boolean =>
  isFilter(dim) || dim === 'status' || dim === 'endpoint';
