// The mutation that tries a key and, if it works, signs in.
import { useMutation } from '@tanstack/react-query';
import { api, bearer, unwrap } from '../../api/client';
import { session } from '../../lib/session';

export function useSignIn() {
  return useMutation({
    mutationFn: tryKey,
    onSuccess: (_, key) => session.signIn(key),
    // The variables are the key: discard them with the form.
    gcTime: 0,
  });
}

async function tryKey(key: string): Promise<void> {
  await unwrap(api.GET('/api/usage/me', { headers: { authorization: bearer(key) } }));
}
