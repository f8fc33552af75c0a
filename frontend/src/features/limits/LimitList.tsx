// All limits with what is used of them, the most pressing first.
import { Button, SegmentedControl } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { budgetOf } from '../../lib/budgets';
import type { KeyNames } from '../../lib/groups';
import { useRawSearch } from '../../lib/useView';
import type { Search } from '../../lib/view';
import { EmptyState } from '../../ui/EmptyState';
import { PagedPanel } from '../../ui/PagedPanel';
import type { Limit } from './draft';
import classes from './LimitList.module.css';
import { LimitRow } from './LimitRow';
import { limitPagesQuery } from './queries';
import { byPressure, isShown, parseShow, SHOWS, type Show } from './show';
import { FORBIDDEN } from './texts';

interface LimitListProps {
  keys: KeyNames | undefined;
  /** Absent for keys that may only read. */
  onCreate?: () => void;
}

const FIRST = 50;

export function LimitList({ keys, onCreate }: LimitListProps) {
  const show = parseShow(useRawSearch());
  const navigate = useNavigate();
  const pages = useInfiniteQuery(limitPagesQuery);
  const limits = pages.data?.pages.flatMap(({ data }) => data);
  const setShow = (next: Show) =>
    void navigate({
      to: '.',
      search: (old: Search) => ({ ...old, show: next === 'all' ? undefined : next }),
      replace: true,
      resetScroll: false,
    });
  return (
    <PagedPanel
      title="Limits"
      count={limits?.length}
      pages={pages}
      more="Show more limits"
      loading="Loading limits"
      forbidden={FORBIDDEN}
      aside={limits && limits.length > 0 && <ShowControl {...{ limits, show, setShow }} />}
    >
      {limits?.length === 0 && (
        <EmptyState
          title="No limits yet."
          action={onCreate && <Button onClick={onCreate}>New limit</Button>}
        >
          A limit notifies or refuses before spend runs away: for everyone, a label, a key or a tag.
        </EmptyState>
      )}
      {limits && limits.length > 0 && <Rows {...{ limits, show, keys }} />}
    </PagedPanel>
  );
}

interface RowsProps {
  limits: readonly Limit[];
  show: Show;
  keys: KeyNames | undefined;
}

function Rows({ limits, show, keys }: RowsProps) {
  const [isWhole, setIsWhole] = useState(false);
  const shown = limits
    .map((limit) => ({ limit, budget: budgetOf(limit, keys) }))
    .filter(({ budget }) => isShown(budget, show))
    .sort((left, right) => byPressure(left.budget, right.budget));
  const first = isWhole ? shown : shown.slice(0, FIRST);
  if (shown.length === 0) {
    return (
      <EmptyState title={show === 'refusing' ? 'No limit refuses.' : 'No limit is near its cap.'} />
    );
  }
  return (
    <>
      <ul className={classes.rows}>
        {first.map(({ limit }) => (
          <li key={limit.id} className={classes.row}>
            <LimitRow limit={limit} keys={keys} linked />
          </li>
        ))}
      </ul>
      {shown.length > first.length && (
        <div className={classes.notice}>
          <Button size="xs" variant="default" onClick={() => setIsWhole(true)}>
            Show {shown.length - first.length} more
          </Button>
        </div>
      )}
    </>
  );
}

interface ShowControlProps {
  limits: readonly Limit[];
  show: Show;
  setShow: (show: Show) => void;
}

function ShowControl({ limits, show, setShow }: ShowControlProps) {
  const budgets = limits.map((limit) => budgetOf(limit));
  return (
    <SegmentedControl
      size="xs"
      aria-label="Show"
      value={show}
      onChange={(value) => setShow(value as Show)}
      data={Object.entries(SHOWS).map(([value, name]) => {
        const count = budgets.filter((budget) => isShown(budget, value as Show)).length;
        return { value, label: value === 'all' ? name : `${name} ${count}` };
      })}
    />
  );
}
