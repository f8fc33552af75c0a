// Changes one resource at the version it was read at. After a 412 it reads the newest version, so that a form can show
// what differs and save again over it.
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Versioned } from './client';
import { ApiError } from './errors';

interface VersionedEdit<T, Input, Result> {
  initial: Versioned<T>;
  load: () => Promise<Versioned<T>>;
  save: (input: Input, version: Versioned<T>) => Promise<Result>;
  onSaved: (result: Result) => void;
}

export interface Conflict<T> {
  before: T;
  after: T;
}

export function useVersionedEdit<T, Input, Result>(options: VersionedEdit<T, Input, Result>) {
  const { initial, load, save, onSaved } = options;
  const [version, setVersion] = useState(initial);
  const [conflict, setConflict] = useState<Conflict<T>>();
  const mutation = useMutation({
    mutationFn: async (input: Input) => {
      try {
        return { result: await save(input, version) };
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 412) throw error;
        const latest = await load();
        setConflict({ before: version.value, after: latest.value });
        setVersion(latest);
        return undefined;
      }
    },
    onSuccess: (saved) => {
      if (saved) onSaved(saved.result);
    },
  });
  return {
    /** The newest version known. */
    current: version.value,
    conflict,
    dismissConflict: () => setConflict(undefined),
    save: (input: Input) => {
      setConflict(undefined);
      mutation.mutate(input);
    },
    isSaving: mutation.isPending,
    error: mutation.error,
  };
}
