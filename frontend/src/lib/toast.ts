// Short messages about what the user just did: `toast('Link copied.')`. The frame shows and announces them.
import { createStore } from './store';

export interface Toast {
  id: number;
  text: string;
}

const SHOWN_MS = 6_000;
const MAX_SHOWN = 3;
const toasts = createStore<readonly Toast[]>([]);
let lastId = 0;

export function toast(text: string): void {
  lastId += 1;
  const added = { id: lastId, text };
  toasts.set([...toasts.get(), added].slice(-MAX_SHOWN));
  setTimeout(() => dismissToast(added.id), SHOWN_MS);
}

export const dismissToast = (id: number) => toasts.set(toasts.get().filter((one) => one.id !== id));

export const useToasts = toasts.use;
