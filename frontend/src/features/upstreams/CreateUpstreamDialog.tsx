// Registers an upstream.
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '../../lib/toast';
import { EMPTY_UPSTREAM, toNewUpstream, type UpstreamDraft } from './draft';
import { KNOWN_SERVERS } from './known';
import { createUpstream, upstreamsKey } from './queries';
import { UpstreamDialog } from './UpstreamDialog';
import classes from './Upstreams.module.css';

export function CreateUpstreamDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<UpstreamDraft>(EMPTY_UPSTREAM);
  const create = useMutation({
    mutationFn: () => createUpstream(toNewUpstream(draft)),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: upstreamsKey });
      toast('Upstream added. It takes calls from now on.');
      onClose();
    },
  });
  return (
    <UpstreamDialog
      title="New upstream"
      submitText="Add upstream"
      draft={draft}
      error={create.error}
      isSaving={create.isPending}
      onClose={onClose}
      onSubmit={() => create.mutate()}
      onChange={(change) => {
        if (create.isError) create.reset();
        setDraft((old) => ({ ...old, ...change }));
      }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame. */}
      <div role="group" aria-label="Start with" className={classes.known}>
        <span className={classes.dimmed}>Start with</span>
        {KNOWN_SERVERS.map(({ title, start }) => (
          <Button
            key={title}
            size="compact-xs"
            variant="default"
            onClick={() => setDraft({ ...EMPTY_UPSTREAM, ...start })}
          >
            {title}
          </Button>
        ))}
      </div>
    </UpstreamDialog>
  );
}
