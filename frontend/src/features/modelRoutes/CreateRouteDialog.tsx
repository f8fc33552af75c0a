// Adds a model route.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '../../lib/toast';
import { newTarget, type RouteDraft, toNewRoute } from './draft';
import { createRoute, routesKey } from './queries';
import { RouteDialog, type UpstreamNames } from './RouteDialog';

interface CreateRouteDialogProps {
  upstreams: UpstreamNames;
  onClose: () => void;
}

export function CreateRouteDialog({ upstreams, onClose }: CreateRouteDialogProps) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<RouteDraft>(() => ({
    model: '',
    wire: 'openai',
    targets: (upstreams.openai ?? []).slice(0, 2).map(newTarget),
  }));
  const create = useMutation({
    mutationFn: () => createRoute(toNewRoute(draft)),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: routesKey });
      toast('Model route added. It takes calls from now on.');
      onClose();
    },
  });
  return (
    <RouteDialog
      title="New model route"
      submitText="Add route"
      draft={draft}
      upstreams={upstreams}
      error={create.error}
      isSaving={create.isPending}
      onClose={onClose}
      onSubmit={() => create.mutate()}
      onChange={(change) => {
        if (create.isError) create.reset();
        setDraft((old) => ({ ...old, ...change }));
      }}
    />
  );
}
