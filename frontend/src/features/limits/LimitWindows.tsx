// The windows of a limit for each label, key or value of a tag: who has used how much.
import { useQuery } from '@tanstack/react-query';
import { budgetOf, formatAmount, limitUnits, subjectName } from '../../lib/budgets';
import { formatCount } from '../../lib/format';
import type { KeyNames } from '../../lib/groups';
import { type Column, DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNotice } from '../../ui/FailureNotice';
import { Meter } from '../../ui/Meter';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';
import type { Limit } from './draft';
import classes from './LimitDetail.module.css';
import { type LimitWindow, windowsQuery } from './queries';
import { FORBIDDEN } from './texts';

interface LimitWindowsProps {
  limit: Limit;
  keys: KeyNames | undefined;
}

export function LimitWindows({ limit, keys }: LimitWindowsProps) {
  const windows = useQuery(windowsQuery(limit.id));
  const rows = windows.data?.data;
  return (
    <Panel
      title={`Usage of each ${eachOf(limit)}`}
      note={rows && (windows.data?.next_cursor ? `highest ${rows.length}` : rows.length)}
      description="The amount applies to each of them separately."
    >
      {windows.isError && !rows && (
        <div className={classes.notice}>
          <FailureNotice
            error={windows.error}
            forbidden={FORBIDDEN}
            onRetry={() => void windows.refetch()}
          />
        </div>
      )}
      {windows.isPending && <SkeletonRows label="Loading windows" rows={4} />}
      {rows?.length === 0 && <EmptyState title="Nothing has been used in this window." />}
      {rows && rows.length > 0 && (
        <DataTable
          caption="Windows"
          columns={columnsOf(limit, keys)}
          rows={rows}
          rowKey={({ subject }) => subject.id ?? ''}
        />
      )}
    </Panel>
  );
}

/** `label`, `key`, or the name of the tag. */
const eachOf = ({ subject: { kind, id } }: Limit) =>
  kind === 'tag' ? (id ?? '').replace(/=\*$/, '') : kind;

function columnsOf(limit: Limit, keys: KeyNames | undefined): Column<LimitWindow>[] {
  const { metric } = limit;
  const name = ({ subject }: LimitWindow) => subjectName(subject, keys);
  // A window is a limit of one subject: the same figures, the same states.
  const budget = (row: LimitWindow) => budgetOf({ ...limit, ...row, windows: null }, keys);
  return [
    {
      id: 'name',
      header: 'Subject',
      phone: 'title',
      cell: (row) => <span title={name(row)}>{name(row)}</span>,
    },
    {
      id: 'used',
      header: 'Used',
      phone: 'value',
      phoneUnit: 'used',
      align: 'end',
      cell: ({ used }) => formatAmount(limitUnits(used, metric), metric),
    },
    {
      id: 'meter',
      header: 'Share',
      cell: (row) => {
        const { shares, isRefusing, text } = budget(row);
        return (
          shares && (
            <span className={classes.meter}>
              <Meter
                label={name(row)}
                {...shares}
                refusing={isRefusing}
                soft={limit.mode === 'soft'}
                text={text}
              />
            </span>
          )
        );
      },
    },
    {
      id: 'reserved',
      header: 'In flight',
      align: 'end',
      phoneUnit: 'in flight',
      cell: ({ reserved }) => formatAmount(limitUnits(reserved, metric), metric),
    },
    {
      id: 'left',
      header: 'Left',
      align: 'end',
      phoneUnit: 'left',
      cell: ({ remaining }) => formatAmount(limitUnits(remaining, metric), metric),
    },
    {
      id: 'refusals',
      header: 'Refused',
      align: 'end',
      phoneUnit: 'refused',
      cell: ({ refusals }) => formatCount(refusals),
    },
  ];
}
