// What changed, field by field: the value before and the value after.
import type { ReactNode } from 'react';
import classes from './FieldDiff.module.css';
import { changedFields } from './fieldChanges';

interface FieldDiffProps {
  before: Readonly<Record<string, unknown>> | null | undefined;
  after: Readonly<Record<string, unknown>> | null | undefined;
  /** Names of fields for readers; a field without one shows its own name. */
  names?: Readonly<Record<string, string>>;
  format?: (value: unknown, field: string) => ReactNode;
}

export function FieldDiff({ before, after, names = {}, format = showValue }: FieldDiffProps) {
  const changes = changedFields(before, after);
  if (changes.length === 0) return <p className={classes.none}>No field differs.</p>;
  return (
    <dl className={classes.list}>
      {changes.map(({ field, from, to }) => (
        <div key={field} className={classes.field}>
          <dt>{names[field] ?? field.replaceAll('_', ' ')}</dt>
          <dd>
            {from !== undefined && (
              <>
                <span className="visually-hidden">before: </span>
                <del>{format(from, field)}</del>
              </>
            )}
            {from !== undefined && to !== undefined && <span aria-hidden="true"> → </span>}
            {to !== undefined && (
              <>
                <span className="visually-hidden">after: </span>
                <ins>{format(to, field)}</ins>
              </>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(showValue).join(', ');
  if (typeof value === 'object')
    return Object.keys(value).length === 0 ? 'none' : JSON.stringify(value);
  return String(value);
}
