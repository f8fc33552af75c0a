// Creates a limit.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { KeyNames } from '../../lib/groups';
import { toast } from '../../lib/toast';
import { useView } from '../../lib/useView';
import { EMPTY_LIMIT, type LimitDraft, toNewLimit } from './draft';
import { LimitDialog } from './LimitDialog';
import { createLimit, limitsKey } from './queries';

interface CreateLimitDialogProps {
  /** What the form starts with. */
  start?: Partial<LimitDraft>;
  keys: KeyNames | undefined;
  onClose: () => void;
}

export function CreateLimitDialog({ start, keys, onClose }: CreateLimitDialogProps) {
  const { tz } = useView();
  const client = useQueryClient();
  const [draft, setDraft] = useState<LimitDraft>({ ...EMPTY_LIMIT, zone: tz, ...start });
  const create = useMutation({
    mutationFn: (wanted: LimitDraft) => createLimit(toNewLimit(wanted)),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: limitsKey });
      toast('Limit created. It counts from the next call on.');
      onClose();
    },
  });
  return (
    <LimitDialog
      title="New limit"
      submitText="Create limit"
      draft={draft}
      keys={keys}
      error={create.error}
      isSaving={create.isPending}
      onClose={onClose}
      onSubmit={() => create.mutate(draft)}
      onChange={(change) => {
        setDraft((old) => ({ ...old, ...change }));
        if (create.isError) create.reset();
      }}
    />
  );
}
