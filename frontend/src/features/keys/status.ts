// The state of a key in words.
import { formatAgo } from '../../lib/format';
import type { Tone } from '../../ui/StatusBadge';
import type { ApiKey } from './queries';

const SOON_MS = 7 * 86_400_000;

export interface KeyState {
  tone: Tone;
  text: string;
}

export function keyState(key: ApiKey, now: number): KeyState {
  if (key.status === 'revoked') return { tone: 'neutral', text: 'revoked' };
  if (key.status === 'expired') return { tone: 'neutral', text: 'expired' };
  const rotating = rotationEnd(key, now);
  if (rotating !== undefined) {
    return { tone: 'pending', text: `old secret ends ${untilText(rotating, now)}` };
  }
  const expires = key.expires_at === null ? undefined : Date.parse(key.expires_at);
  if (expires !== undefined && expires - now < SOON_MS) {
    return { tone: 'warn', text: `expires ${untilText(expires, now)}` };
  }
  return { tone: 'ok', text: 'active' };
}

/** When the last older secret stops working. */
export function rotationEnd(key: ApiKey, now: number): number | undefined {
  const ends = key.retiring_secrets.map(({ expires_at: at }) => Date.parse(at));
  const last = Math.max(...ends, 0);
  return last > now ? last : undefined;
}

/** `in 3 h`. */
export function untilText(at: number, now: number): string {
  const ago = formatAgo(now, at);
  return ago === 'just now' ? 'now' : `in ${ago.replace(/ ago$/, '')}`;
}

export const scopesText = (scopes: readonly string[]) => scopes.join(', ');
