// Marks a figure for a moment when a refresh changes it.
import { type RefObject, useEffect, useRef } from 'react';
import { isRefresh } from '../lib/refresh';

const HIGHLIGHT_MS = 600;

export function useHighlight<T extends HTMLElement>(text: string): RefObject<T | null> {
  const ref = useRef<T>(null);
  const shown = useRef(text);
  useEffect(() => {
    if (shown.current === text) return;
    shown.current = text;
    if (!isRefresh(Date.now())) return;
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    // The colour alone: nothing moves.
    ref.current?.animate?.([{ backgroundColor: 'var(--changed)' }, {}], HIGHLIGHT_MS);
  }, [text]);
  return ref;
}
