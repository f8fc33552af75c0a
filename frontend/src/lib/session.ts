// The signed-in key. It lives in sessionStorage, so it ends with the tab and is not shared between tabs.

export type Session =
  | { state: 'signed-in'; key: string }
  | { state: 'signed-out'; reason?: 'key-rejected' };

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
  signIn: (key: string) => change({ state: 'signed-in', key }),
  signOut: (reason?: 'key-rejected') => change({ state: 'signed-out', reason }),
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
 * before anything else runs, so that the key appears in no history entry, bookmark or screenshot.
 */
export function takeKeyFromAddress(): void {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key === null) return;
  history.replaceState(history.state, '', location.pathname + location.search);
  if (isKeyShaped(key)) session.signIn(key);
}
