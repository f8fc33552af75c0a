// Sending a chat.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client';
import { usageKey } from '../../api/queryClient';
import type { components } from '../../api/schema.gen';

export type ChatRequest = components['schemas']['ChatRequest'];
export type ChatResponse = components['schemas']['ChatResponse'];

export function useSendChat() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (request: ChatRequest) => answerOf(api.POST('/api/llm/chat', { body: request })),
    // A failed call is a counted call too.
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: usageKey });
    },
    // The variables may hold a provider key: they go when the form goes.
    gcTime: 0,
  });
}
