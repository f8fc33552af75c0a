// Whether a page exists and the key may open it: features link only to such pages.
import { useCallback } from 'react';
import { useFrame } from '../features/frame/context';

export function useCanOpen(): (path: string) => boolean {
  const { pages } = useFrame();
  return useCallback(
    (wanted) =>
      pages.some(({ path }) => wanted === path || (path !== '/' && wanted.startsWith(`${path}/`))),
    [pages],
  );
}
