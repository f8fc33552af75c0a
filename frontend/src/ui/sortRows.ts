// Sorts rows by a column. Unknown values go last in both directions; equal rows keep their order.

export interface SortOrder {
  id: string;
  desc: boolean;
}

type Sortable = bigint | number | string | null | undefined;

export function sortRows<Row>(
  rows: readonly Row[],
  sortValue: ((row: Row) => Sortable) | undefined,
  order: SortOrder | undefined,
  isLast: (row: Row) => boolean = () => false,
): Row[] {
  if (!sortValue || !order) return [...rows];
  return [...rows].sort((left, right) => {
    const fixed = Number(isLast(left)) - Number(isLast(right));
    return fixed || compare(sortValue(left), sortValue(right), order.desc);
  });
}

function compare(left: Sortable, right: Sortable, desc: boolean): number {
  if (left == null || right == null) return Number(left == null) - Number(right == null);
  const ascending =
    typeof left === 'string' && typeof right === 'string'
      ? left.localeCompare(right, 'en', { numeric: true })
      : left === right
        ? 0
        : left < right
          ? -1
          : 1;
  return desc ? -ascending : ascending;
}

/** A click on a header: the other direction if it is sorted already, else the direction that fits its kind. */
export function nextSort(order: SortOrder | undefined, id: string, descFirst: boolean): SortOrder {
  return { id, desc: order?.id === id ? !order.desc : descFirst };
}

/** `?sort=calls` is ascending, `?sort=-calls` descending. */
export function parseSort(text: string | undefined): SortOrder | undefined {
  if (!text || !/^-?[A-Za-z][\w.]*$/.test(text)) return undefined;
  return text.startsWith('-') ? { id: text.slice(1), desc: true } : { id: text, desc: false };
}

export const writeSort = ({ id, desc }: SortOrder) => `${desc ? '-' : ''}${id}`;
