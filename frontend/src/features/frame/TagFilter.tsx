// A filter on a tag: its name is typed, then its values are offered.
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import classes from './AddFilter.module.css';
import { FilterValues } from './FilterValues';

const MAX_NAME = 64;

export function TagFilter({ onDone }: { onDone: () => void }) {
  const [draft, setDraft] = useState('');
  const [name, setName] = useState<string>();
  if (name !== undefined) return <FilterValues field={`tag.${name}`} onDone={onDone} />;
  const typed = draft.trim();
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (typed !== '') setName(typed);
      }}
    >
      <TextInput
        label="Name of the tag"
        placeholder="team"
        autoComplete="off"
        spellCheck={false}
        maxLength={MAX_NAME}
        data-autofocus
        value={draft}
        onChange={({ currentTarget }) => setDraft(currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={typed === ''}>
        Choose a value
      </Button>
    </form>
  );
}
