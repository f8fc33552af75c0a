// What to list: kind of subject, action, who made the change.
import { Button, NativeSelect } from '@mantine/core';
import classes from './Audit.module.css';
import { ACTIONS, type AuditFilter, KINDS } from './auditSearch';

interface AuditFiltersProps {
  filter: AuditFilter;
  onChange: (filter: AuditFilter) => void;
  keys: ReadonlyMap<string, string> | undefined;
}

const optionsOf = (all: string, known: Readonly<Record<string, string>>) => [
  { value: '', label: all },
  ...Object.entries(known).map(([value, label]) => ({ value, label })),
];

export function AuditFilters({ filter, onChange, keys }: AuditFiltersProps) {
  const names = Object.fromEntries(keys ?? []);
  if (filter.who && !names[filter.who]) names[filter.who] = `key …${filter.who.slice(-6)}`;
  const select = (
    name: 'kind' | 'action' | 'who',
    label: string,
    data: { value: string; label: string }[],
  ) => (
    <NativeSelect
      size="xs"
      aria-label={label}
      data={data}
      value={filter[name] ?? ''}
      onChange={({ currentTarget: { value } }) =>
        onChange({ ...filter, [name]: value || undefined } as AuditFilter)
      }
    />
  );
  return (
    <search className={classes.filters} aria-label="Filter changes">
      {select('kind', 'Subject', optionsOf('Any subject', KINDS))}
      {select('who', 'Who', optionsOf('Anyone', names))}
      {select('action', 'Action', optionsOf('Any action', ACTIONS))}
      {filter.id && (
        <Button size="xs" variant="default" onClick={() => onChange({ ...filter, id: undefined })}>
          Only …{filter.id.slice(-6)} ×
        </Button>
      )}
    </search>
  );
}
