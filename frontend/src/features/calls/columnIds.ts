// The columns of the list of calls, in their order.

export const COLUMN_IDS = [
  'ended',
  'label',
  'model',
  'key',
  'endpoint',
  'input',
  'cached',
  'output',
  'reasoning',
  'cost',
  'first',
  'latency',
  'attempts',
  'status',
] as const;

export type ColumnId = (typeof COLUMN_IDS)[number];

export const DEFAULT_COLUMNS: readonly ColumnId[] = [
  'ended',
  'label',
  'model',
  'input',
  'output',
  'cost',
  'latency',
  'status',
];
