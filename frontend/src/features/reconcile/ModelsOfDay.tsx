// The models of an open day, in the columns of the table of days.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { FailureNotice } from '../../ui/FailureNotice';
import { SkeletonRows } from '../../ui/Skeletons';
import { Amount, Difference } from './DayTable';
import { causesText, dayAfter } from './days';
import type { ReportingProvider } from './providers';
import { modelsQuery } from './queries';
import classes from './Reconcile.module.css';

interface ModelsOfDayProps {
  provider: ReportingProvider;
  day: string;
  /** Of the table around it. */
  columns: number;
}

export function ModelsOfDay({ provider, day, columns }: ModelsOfDayProps) {
  const { data, error, isPending, refetch } = useQuery(modelsQuery(provider, dayAfter(day)));
  const row = useRef<HTMLTableRowElement>(null);
  // A day that the strip opens may be far below.
  useEffect(() => {
    row.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <tr ref={row} className={classes.opened}>
      <td colSpan={columns} className={classes.models}>
        {isPending && <SkeletonRows label="Loading models" rows={3} />}
        {error && !data && (
          <FailureNotice error={error} forbidden="" onRetry={() => void refetch()} />
        )}
        <ul>
          {data?.rows.map((row) => (
            <li key={row.model ?? ''}>
              <span className={classes.model}>{row.model ?? 'no model'}</span>
              <span>
                ledger <Amount side={row.ledger} />
              </span>
              <span>
                provider <Amount side={row.provider} />
              </span>
              <Difference row={row} />
              <span className={classes.causes}>{causesText(row.causes)}</span>
            </li>
          ))}
        </ul>
      </td>
    </tr>
  );
}
