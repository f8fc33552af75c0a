// The mutation that sends a chat.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import { usageKey } from '../../api/queryClient';
import type { components } from '../../api/schema.gen';

export type ChatRequest = components['schemas']['ChatRequest'];
export type ChatResponse = components['schemas']['ChatResponse'];

export function useSendChat() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (request: ChatRequest) => unwrap(api.POST('/api/llm/chat', { body: request })),
    // Failed calls are counted, too.
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: usageKey });
    },
    // The variables may hold a provider key: discard them with the form.
    gcTime: 0,
  });
}
