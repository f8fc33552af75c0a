// The form of one resource at the version it was read at: sends only what changed, and after a conflict can start again
// from what others saved.
import { useState } from 'react';
import type { Versioned } from './client';
import { useVersionedEdit } from './useVersionedEdit';

interface VersionedForm<T, Draft, Changes extends object> {
  initial: Versioned<T>;
  load: () => Promise<Versioned<T>>;
  save: (changes: Changes, version: Versioned<T>) => Promise<unknown>;
  draftOf: (value: T) => Draft;
  changesOf: (draft: Draft, before: Draft) => Changes;
  onSaved: () => void;
  /** Nothing has changed. */
  onUnchanged: () => void;
}

export function useVersionedForm<T, Draft, Changes extends object>(
  options: VersionedForm<T, Draft, Changes>,
) {
  const { initial, load, save, draftOf, changesOf, onSaved, onUnchanged } = options;
  const [before, setBefore] = useState(() => draftOf(initial.value));
  const [draft, setDraft] = useState(before);
  const edit = useVersionedEdit({ initial, load, save, onSaved });
  return {
    draft,
    edit,
    change: (change: Partial<Draft>) => setDraft((old) => ({ ...old, ...change })),
    submit: () => {
      const changes = changesOf(draft, before);
      if (Object.keys(changes).length === 0) onUnchanged();
      else edit.save(changes);
    },
    takeTheirs: () => {
      const theirs = draftOf(edit.current);
      setBefore(theirs);
      setDraft(theirs);
      edit.dismissConflict();
    },
  };
}
