// The largest groups of the range by spend. A row adds its group to the filters.
import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { Dim } from '../../api/params';
import type { SummaryRow } from '../../api/usage';
import { moneyChangeOf } from '../../lib/change';
import { formatNumberOf } from '../../lib/format';
import { dimName, groupId, groupName, groupValue, type KeyNames } from '../../lib/groups';
import { compareUsd } from '../../lib/money';
import { type FilterField, withFilter } from '../../lib/view';
import { Change } from '../../ui/Change';
import { coloursOf } from '../../ui/chart/colours';
import { FailureNotice } from '../../ui/FailureNotice';
import { Money } from '../../ui/Money';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';
import { ViewLink } from '../../ui/ViewLink';
import classes from './Ranking.module.css';
import { FORBIDDEN } from './texts';
import { useGroups } from './useReports';

interface RankingProps {
  dims: readonly [Dim, ...Dim[]];
  keys: KeyNames | undefined;
  /** The dimension and owners of the chart's colours: bars share them. */
  colours: { by: Dim; owners: readonly string[] };
  canExplore: boolean;
}

const SHOWN = 8;
const PLURAL: Partial<Record<Dim, string>> = { label: 'Labels', model: 'Models', key: 'Keys' };
const pluralOf = (dim: Dim) => PLURAL[dim] ?? dimName(dim);

export function Ranking({ dims, keys, colours, canExplore }: RankingProps) {
  const [by, setBy] = useState<Dim>(dims[0]);
  const { now, before } = useGroups(by);
  const count = now.data?.length ?? 0;
  return (
    <Panel
      title={`Top ${pluralOf(by).toLowerCase()}`}
      aside={
        dims.length > 1 && (
          <SegmentedControl
            size="xs"
            aria-label="Rank"
            value={by}
            onChange={(value) => setBy(value as Dim)}
            data={dims.map((dim) => ({ value: dim, label: pluralOf(dim) }))}
          />
        )
      }
      footer={
        canExplore &&
        count > SHOWN && (
          <ViewLink to="/explore" own={{ by }} className={classes.all}>
            See all {count}
          </ViewLink>
        )
      }
    >
      {now.isError && !now.data ? (
        <div className={classes.notice}>
          <FailureNotice
            error={now.error}
            forbidden={FORBIDDEN}
            onRetry={() => void now.refetch()}
          />
        </div>
      ) : now.data ? (
        <Rows rows={now.data} before={before} by={by} keys={keys} colours={colours} />
      ) : (
        <SkeletonRows label={`Loading ${pluralOf(by).toLowerCase()}`} rows={SHOWN} />
      )}
    </Panel>
  );
}

interface RowsProps extends Pick<RankingProps, 'keys' | 'colours'> {
  rows: readonly SummaryRow[];
  before: readonly SummaryRow[] | undefined;
  by: Dim;
}

function Rows({ rows, before, by, keys, colours }: RowsProps) {
  const sorted = [...rows].sort(bySpend).slice(0, SHOWN);
  const max = Number(sorted[0]?.cost_usd ?? 0);
  const ids = sorted.map((row) => groupId(groupValue(row, by)));
  const own = colours.by === by ? coloursOf(colours.owners, ids) : undefined;
  const earlier = new Map(before?.map((row) => [groupId(groupValue(row, by)), row]));
  if (sorted.length === 0) return <p className={classes.none}>No calls in this range.</p>;
  return (
    <ol className={classes.rows}>
      {sorted.map((row) => {
        const value = groupValue(row, by);
        const id = groupId(value);
        const was = earlier.get(id);
        const share = max > 0 ? Number(row.cost_usd ?? 0) / max : 0;
        return (
          <li key={id} className={classes.row}>
            <RowName value={value} by={by} name={groupName(by, value, row, keys)} />
            <span className={classes.amount}>
              <Spend row={row} />
            </span>
            <span className={classes.change}>
              <Change change={before && moneyChangeOf(row.cost_usd, was ? was.cost_usd : '0')} />
            </span>
            <span className={classes.track} aria-hidden="true">
              <span
                className={classes.bar}
                style={{ width: `${share * 100}%`, backgroundColor: own?.get(id) }}
              />
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function RowName({ value, by, name }: { value: string | null; by: Dim; name: string }) {
  if (value === null) return <span className={classes.name}>{name}</span>;
  return (
    <ViewLink
      to="."
      className={classes.name}
      title={`Filter by ${name}`}
      change={(view) => withFilter(view, { field: by as FilterField, value })}
    >
      {name}
    </ViewLink>
  );
}

function Spend({ row }: { row: SummaryRow }) {
  if (row.cost_usd == null) {
    return (
      <span className={classes.unpriced}>
        unpriced · {formatNumberOf(row.unpriced_calls, 'call')}
      </span>
    );
  }
  return <Money amount={row.cost_usd} unpriced={row.unpriced_calls} />;
}

/** Unknown spend comes last, the group with more calls first. */
function bySpend(left: SummaryRow, right: SummaryRow): number {
  if (left.cost_usd == null || right.cost_usd == null) {
    const known = Number(left.cost_usd == null) - Number(right.cost_usd == null);
    return known || right.calls - left.calls;
  }
  return compareUsd(right.cost_usd, left.cost_usd) || right.calls - left.calls;
}
