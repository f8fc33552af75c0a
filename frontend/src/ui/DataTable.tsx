// A table of rows that fit on the page: sortable columns, a total, rows that open, cards on phones.
import { UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconChevronRight } from '@tabler/icons-react';
import { Fragment, type ReactNode } from 'react';
import classes from './DataTable.module.css';
import { nextSort, type SortOrder, sortRows } from './sortRows';

export interface Column<Row> {
  id: string;
  header: string;
  /** Explains the header on hover. */
  hint?: string;
  cell: (row: Row) => ReactNode;
  footer?: ReactNode;
  align?: 'start' | 'end';
  /** Columns without it cannot be sorted. Null sorts last either way. */
  sortValue?: (row: Row) => bigint | number | string | null | undefined;
  width?: number | string;
  /** Where the column goes on phones: `title` and `value` share the first line, `detail` the second. */
  phone?: 'title' | 'value' | 'detail' | 'hidden';
  /** Follows the figure on phones, where there is no header: `calls`, or `call` for a row with one. */
  phoneUnit?: string | ((row: Row) => string);
  /** The same for the footer. */
  footerUnit?: string;
}

interface DataTableProps<Row> {
  /** The accessible name. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  sort?: SortOrder;
  onSort?: (sort: SortOrder) => void;
  /** Keeps rows such as "2 others" below the sorted ones. */
  isLast?: (row: Row) => boolean;
  /** Rows under a row that is open; `undefined` for rows that cannot be opened. */
  expand?: {
    isOpen: (row: Row) => boolean;
    onToggle: (row: Row) => void;
    canOpen?: (row: Row) => boolean;
    label: (row: Row) => string;
    content: (row: Row) => ReactNode;
  };
  onRowClick?: (row: Row) => void;
  isSelected?: (row: Row) => boolean;
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, columns, rows, rowKey, sort, isLast } = props;
  const sorted = sortRows(rows, columns.find(({ id }) => id === sort?.id)?.sortValue, sort, isLast);
  const hasFooter = columns.some(({ footer }) => footer !== undefined);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <section className={classes.scroll} aria-label={`${caption}, scrollable`} tabIndex={0}>
      <table className={classes.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeaderCell key={column.id} column={column} sort={sort} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <Row key={rowKey(row)} {...props} row={row} />
          ))}
        </tbody>
        {hasFooter && (
          <tfoot>
            <tr>
              {columns.map((column) => (
                <td
                  key={column.id}
                  data-align={column.align}
                  data-phone={column.phone ?? 'detail'}
                  data-unit={column.footerUnit}
                >
                  {column.footer}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </section>
  );
}

const unitOf = <Row,>({ phoneUnit }: Column<Row>, row: Row) =>
  typeof phoneUnit === 'function' ? phoneUnit(row) : phoneUnit;

interface ChildRowsProps<Row> {
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
}

/** The rows of an open row, with the columns of its table. */
export function ChildRows<Row>({ columns, rows, rowKey }: ChildRowsProps<Row>) {
  return rows.map((row) => (
    <tr key={rowKey(row)} data-child>
      {columns.map((column) => (
        <td
          key={column.id}
          data-align={column.align}
          data-phone={column.phone ?? 'detail'}
          data-unit={unitOf(column, row)}
        >
          {column.cell(row)}
        </td>
      ))}
    </tr>
  ));
}

interface HeaderCellProps<Row> {
  column: Column<Row>;
  sort: SortOrder | undefined;
  onSort: ((sort: SortOrder) => void) | undefined;
}

function HeaderCell<Row>({ column, sort, onSort }: HeaderCellProps<Row>) {
  const isSorted = sort?.id === column.id;
  const direction = isSorted ? (sort.desc ? 'descending' : 'ascending') : 'none';
  const Icon = isSorted && !sort.desc ? IconArrowUp : IconArrowDown;
  const isSortable = column.sortValue !== undefined && onSort !== undefined;
  return (
    <th
      scope="col"
      aria-sort={isSortable ? direction : undefined}
      data-align={column.align}
      style={{ width: column.width }}
      title={column.hint}
    >
      {isSortable ? (
        <UnstyledButton
          className={classes.sort}
          data-sorted={isSorted || undefined}
          onClick={() => onSort(nextSort(sort, column.id, column.align === 'end'))}
        >
          {column.header}
          <Icon size={12} aria-hidden="true" />
        </UnstyledButton>
      ) : (
        column.header
      )}
    </th>
  );
}

function Row<Row>({
  row,
  columns,
  expand,
  onRowClick,
  isSelected,
}: DataTableProps<Row> & { row: Row }) {
  const canOpen = expand !== undefined && (expand.canOpen?.(row) ?? true);
  const isOpen = canOpen && expand.isOpen(row);
  return (
    <Fragment>
      <tr
        data-clickable={onRowClick ? true : undefined}
        aria-selected={isSelected?.(row)}
        onClick={onRowClick && (() => onRowClick(row))}
      >
        {columns.map((column, index) => (
          <td
            key={column.id}
            data-align={column.align}
            data-phone={column.phone ?? 'detail'}
            data-unit={unitOf(column, row)}
          >
            {index === 0 && expand ? (
              <span className={classes.first}>
                {canOpen ? (
                  <UnstyledButton
                    className={classes.toggle}
                    aria-expanded={isOpen}
                    aria-label={expand.label(row)}
                    onClick={() => expand.onToggle(row)}
                  >
                    <IconChevronRight size={14} aria-hidden="true" />
                  </UnstyledButton>
                ) : (
                  <span className={classes.toggle} />
                )}
                {column.cell(row)}
              </span>
            ) : (
              column.cell(row)
            )}
          </td>
        ))}
      </tr>
      {isOpen && expand.content(row)}
    </Fragment>
  );
}
