// The width of an element, so that charts draw at real pixel size: a scaled viewBox makes their text unreadable.
import { type RefObject, useLayoutEffect, useRef, useState } from 'react';

/** Without layout, as in tests. */
const FALLBACK = 800;

export function useWidth<T extends HTMLElement>(): [RefObject<T | null>, number] {
  const ref = useRef<T>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    setWidth(element.clientWidth || FALLBACK);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth || FALLBACK));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}
