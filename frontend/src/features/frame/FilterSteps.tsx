// The two steps of adding a filter: the field, then a value with its spend in the range.
import { UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import classes from './AddFilter.module.css';
import { FilterValues } from './FilterValues';
import { TagFilter } from './TagFilter';

const FIELDS = [
  ['label', 'Label', 'The team, user or service that calls'],
  ['provider', 'Provider', 'Who is paid for the call'],
  ['model', 'Model', 'The requested model'],
  ['key', 'Key', 'The Tokenmeter key'],
  ['tag', 'Tag', 'A name and value sent with calls'],
] as const;

type Field = (typeof FIELDS)[number][0];

export function FilterSteps({ onDone }: { onDone: () => void }) {
  const [field, setField] = useState<Field>();
  if (field === 'tag') return <TagFilter onDone={onDone} />;
  if (field) return <FilterValues field={field} onDone={onDone} />;
  return (
    <ul className={classes.fields} aria-label="Fields">
      {FIELDS.map(([name, title, description]) => (
        <li key={name}>
          <UnstyledButton className={classes.field} onClick={() => setField(name)}>
            <span>
              <span className={classes.title}>{title}</span>
              <span className={classes.description}>{description}</span>
            </span>
            <IconChevronRight size={15} aria-hidden="true" />
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}
