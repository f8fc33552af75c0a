// The summary as a table, sortable by every column, with a totals row.
import { Table, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react';
import { type Header, type SortingState, useTable } from '@tanstack/react-table';
import { decimalsOf } from '../../lib/money';
import { columns, features } from './columns';
import type { SummaryRow } from './queries';
import classes from './SummaryTable.module.css';
import type { Totals } from './totals';

interface SummaryTableProps {
  rows: SummaryRow[];
  totals: Totals;
  sorting: SortingState;
  onSort: (sorting: SortingState) => void;
}

export function SummaryTable({ rows, totals, sorting, onSort }: SummaryTableProps) {
  const costDecimals = Math.max(...rows.map((row) => decimalsOf(row.cost_usd)));
  const table = useTable({
    features,
    columns,
    data: rows,
    meta: { totals, costDecimals },
    getRowId: (row) => JSON.stringify([row.model, row.user_label]),
    enableSortingRemoval: false,
    state: { sorting },
    onSortingChange: (change) => onSort(typeof change === 'function' ? change(sorting) : change),
  });

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <section className={classes.scroll} aria-label="Usage table, scrollable" tabIndex={0}>
      <Table className={classes.table} aria-label="Usage by model and label">
        <Table.Thead>
          {table.getHeaderGroups().map((group) => (
            <Table.Tr key={group.id}>
              {group.headers.map((header) => (
                <HeaderCell key={header.id} header={header} />
              ))}
            </Table.Tr>
          ))}
        </Table.Thead>
        <Table.Tbody>
          {table.getRowModel().rows.map((row) => (
            <Table.Tr key={row.id}>
              {row.getAllCells().map((cell) => (
                <Table.Td
                  key={cell.id}
                  className={cell.column.columnDef.meta?.isNumber ? classes.number : classes.text}
                >
                  <table.FlexRender cell={cell} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          {table.getFooterGroups().map((group) => (
            <Table.Tr key={group.id}>
              {group.headers.map((header) => (
                <Table.Td
                  key={header.id}
                  className={header.column.columnDef.meta?.isNumber ? classes.number : classes.text}
                >
                  <table.FlexRender footer={header} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tfoot>
      </Table>
    </section>
  );
}

function HeaderCell({ header }: { header: Header<typeof features, SummaryRow> }) {
  const sorted = header.column.getIsSorted();
  const Icon = sorted === 'asc' ? IconArrowUp : sorted === 'desc' ? IconArrowDown : IconArrowsSort;
  return (
    <Table.Th
      scope="col"
      aria-sort={sorted ? (sorted === 'asc' ? 'ascending' : 'descending') : 'none'}
      className={header.column.columnDef.meta?.isNumber ? classes.number : classes.text}
    >
      <UnstyledButton
        className={classes.sort}
        data-sorted={sorted || undefined}
        onClick={header.column.getToggleSortingHandler()}
      >
        {String(header.column.columnDef.header)}
        <Icon size={13} aria-hidden="true" />
      </UnstyledButton>
    </Table.Th>
  );
}
