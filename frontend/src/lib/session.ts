// The signed-in key. It lives in sessionStorage, so it ends with the tab and is not shared between tabs.

export type Session =
  /** `offered` is the key of a sign-in link that was opened since: it replaces `key` only once the user agrees. */
  | { state: 'signed-in'; key: string; offered?: string }
  /** After `left`, which is by hand, the address is not kept for the next session. */
  | { state: 'signed-out'; reason?: SignOutReason };

type SignOutReason = 'key-rejected' | 'other-key' | 'left';

const STORAGE_KEY = 'tokenmeter.key';
const KEY_SHAPE = /^tm_[A-Za-z0-9_-]+$/;

const listeners = new Set<() => void>();
let current: Session = read();

function read(): Session {
  const key = sessionStorage.getItem(STORAGE_KEY);
  return key ? { state: 'signed-in', key } : { state: 'signed-out' };
}

function change(next: Session) {
  current = next;
  if (next.state === 'signed-in') sessionStorage.setItem(STORAGE_KEY, next.key);
  else sessionStorage.removeItem(STORAGE_KEY);
  for (const listener of listeners) listener();
}

export const session = {
  get: (): Session => current,
  key: () => (current.state === 'signed-in' ? current.key : undefined),
  signIn: (key: string) => change({ state: 'signed-in', key }),
  keepKey: () => {
    if (current.state === 'signed-in') change({ state: 'signed-in', key: current.key });
  },
  signOut: (reason?: SignOutReason) => change({ state: 'signed-out', reason }),
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
};

export const isKeyShaped = (text: string) => KEY_SHAPE.test(text);

/** Enough of the key to recognise it, too little to use it. */
export const keyHint = (key: string) => `${key.slice(0, 9)}…`;

/**
 * Signs in from a link that ends in `#key=tm_…`. The fragment is never sent to a server, and is removed from the URL
 * before anything else runs, so that the key appears in no history entry, bookmark or screenshot. A session is never
 * replaced unasked: a link from somebody else would show their usage as one's own.
 */
export function takeKeyFromAddress(): void {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key === null) return;
  history.replaceState(history.state, '', location.pathname + location.search);
  if (!isKeyShaped(key)) return;
  if (current.state === 'signed-out') session.signIn(key);
  else if (current.key !== key) change({ state: 'signed-in', key: current.key, offered: key });
}

/** Where sign-in may lead: a path of this page, never another site. */
export function returnPath(to: string | undefined): string {
  if (!to?.startsWith('/')) return '/';
  try {
    const url = new URL(to, location.origin);
    const isOurs = url.origin === location.origin && !url.pathname.startsWith('//');
    return isOurs && url.pathname !== '/sign-in' ? url.pathname + url.search : '/';
  } catch {
    return '/';
  }
}
