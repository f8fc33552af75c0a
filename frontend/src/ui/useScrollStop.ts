// Lets Tab reach a region that scrolls and has nothing else to focus, so that the keyboard can scroll it.
import { type RefObject, useEffect, useRef } from 'react';

const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex]';

export function useScrollStop(): RefObject<HTMLDivElement | null> {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const region = ref.current;
    if (!region) return;
    const update = () => {
      const scrolls = region.scrollHeight > region.clientHeight;
      if (scrolls && !region.querySelector(FOCUSABLE)) region.tabIndex = 0;
      // Not while it has the focus, which would be lost.
      else if (document.activeElement !== region) region.removeAttribute('tabindex');
    };
    const size = new ResizeObserver(update);
    size.observe(region);
    const content = new MutationObserver(update);
    content.observe(region, { childList: true, subtree: true, characterData: true });
    update();
    return () => {
      size.disconnect();
      content.disconnect();
    };
  }, []);
  return ref;
}
