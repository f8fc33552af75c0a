// Groups of a report: their values, their names, and what the rest is called.
import type { Dim } from '../api/params';

export type KeyNames = ReadonlyMap<string, string>;

export const DIM_NAMES: Record<Exclude<Dim, `tag.${string}`>, string> = {
  provider: 'Provider',
  model: 'Model',
  label: 'Label',
  key: 'Key',
  endpoint: 'Endpoint',
  status: 'Status',
};

export const dimName = (dim: Dim): string =>
  dim.startsWith('tag.') ? `Tag ${dim.slice(4)}` : DIM_NAMES[dim as keyof typeof DIM_NAMES];

/**
 * Whether an answer is grouped by a dimension. While another is asked for, the answer before stays; read by the new
 * dimension all of its groups would be nameless.
 */
export function isGroupedBy(groups: readonly object[], dim: Dim): boolean {
  const [first] = groups;
  return first === undefined || fieldOf(dim) in first;
}

const fieldOf = (dim: Dim): string => (dim === 'label' ? 'user_label' : dim);

/** The value of a group, from a row of a summary or the `group` of a series; null where calls have none. */
export function groupValue(fields: object, dim: Dim): string | null {
  const value = (fields as Record<string, unknown>)[fieldOf(dim)];
  return typeof value === 'string' ? value : null;
}

/** `key_name` comes with groups by key; otherwise the name is looked up, and else the end of the id is shown. */
export function groupName(dim: Dim, value: string | null, fields: object, keys?: KeyNames): string {
  if (value === null) return dim === 'key' ? 'No key' : `No ${dimName(dim).toLowerCase()}`;
  if (dim !== 'key') return value;
  const { key_name: named } = fields as { key_name?: unknown };
  if (typeof named === 'string' && named !== '') return named;
  return keys?.get(value) ?? `…${value.slice(-6)}`;
}

/** Identifies a group within one dimension; a null value is no empty text. */
export const groupId = (value: string | null): string => (value === null ? 'none:' : `is:${value}`);

export const othersName = (count: number | undefined): string =>
  count === undefined ? 'Others' : count === 1 ? '1 other' : `${count} others`;
