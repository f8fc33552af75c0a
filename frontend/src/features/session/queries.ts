// Trying a key before it is kept.
import { useMutation } from '@tanstack/react-query';
import { answerOf, api, bearer } from '../../api/client';
import { ApiError } from '../../api/errors';
import { session } from '../../lib/session';

export function useSignIn() {
  return useMutation({
    mutationFn: tryKey,
    onSuccess: (_, key) => session.signIn(key),
    // The variables are the key: nothing may outlive the form.
    gcTime: 0,
  });
}

async function tryKey(key: string): Promise<void> {
  try {
    await answerOf(api.GET('/api/usage/summary', { headers: { authorization: bearer(key) } }));
  } catch (error) {
    // A key without the right to read usage is a key all the same: it may chat.
    if (error instanceof ApiError && error.status === 403) return;
    throw error;
  }
}
