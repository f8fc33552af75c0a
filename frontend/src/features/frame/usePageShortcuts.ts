// `g` and a letter open a page.
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useShortcuts } from '../../lib/useShortcuts';
import { useViewSearch } from '../../lib/useView';
import type { PageEntry } from './pages';

export function usePageShortcuts(pages: readonly PageEntry[]) {
  const navigate = useNavigate();
  const viewSearch = useViewSearch();
  const shortcuts = useMemo(
    () =>
      pages.map(({ path, title, shortcut }) => ({
        keys: `g ${shortcut}`,
        does: `Open ${title}`,
        run: () => void navigate({ to: path, search: viewSearch() }),
      })),
    [pages, navigate, viewSearch],
  );
  useShortcuts(shortcuts);
}
