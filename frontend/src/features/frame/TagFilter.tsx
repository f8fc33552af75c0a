// A filter on a tag: its name first, then its value.
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { valuesQuery } from '../../api/usage';
import { formatNumberOf } from '../../lib/format';
import { Combo } from '../../ui/Combo';
import classes from './AddFilter.module.css';
import { FilterValues } from './FilterValues';

export function TagFilter({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState('');
  const [name, setName] = useState<string>();
  const { data, isPending } = useQuery(valuesQuery('tag', useDeferredValue(text.trim())));
  if (name !== undefined) return <FilterValues field={`tag.${name}`} onDone={onDone} />;
  return (
    <div className={classes.form}>
      <Combo
        label="Name of the tag"
        placeholder="team"
        value=""
        options={(data?.data ?? []).map(({ value, calls }) => ({
          value,
          hint: formatNumberOf(calls, 'call'),
        }))}
        loading={isPending}
        autoFocus
        filtered
        onSearch={setText}
        free={(typed) => `Use the tag “${typed}”`}
        onChange={(value) => {
          if (value.trim() !== '') setName(value.trim());
        }}
      />
    </div>
  );
}
