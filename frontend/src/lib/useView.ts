// The view of the URL as React hooks: reading it, changing it, and links that carry it.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { clock } from './clock';
import { storeRange, storeZone, viewDefaults } from './stored';
import {
  pagePart,
  parseView,
  type Search,
  sameRange,
  type View,
  viewPart,
  writeView,
} from './view';

export const useRawSearch = (): Search => useSearch({ strict: false }) as Search;

/** The view, and the parameters of the URL that were not understood. */
export function useParsedView() {
  const search = useRawSearch();
  return useMemo(() => parseView(search, viewDefaults()), [search]);
}

export const useView = (): View => useParsedView().view;

interface ChangeOptions {
  /** Replaces the entry of the history: for brushing and sorting. A filter is pushed, so that Back undoes it. */
  replace?: boolean;
}

/** Changes the view of this page. A range or zone chosen here is the default of this browser's next visit. */
export function useSetView() {
  const navigate = useNavigate();
  return useCallback(
    (change: (view: View) => View, { replace = false }: ChangeOptions = {}) => {
      clock.advance();
      void navigate({
        to: '.',
        search: (search: Search) => {
          const { view } = parseView(search, viewDefaults());
          const next = change(view);
          if (next.tz !== view.tz) storeZone(next.tz);
          if (!sameRange(next.range, view.range)) storeRange(next.range);
          return { ...pagePart(search), ...writeView(next, viewDefaults()) };
        },
        replace,
        resetScroll: false,
      });
    },
    [navigate],
  );
}

/** The `search` of a link to another page: this view, changed where the link says so. */
export function useViewSearch() {
  const search = useRawSearch();
  return useCallback(
    (change?: (view: View) => View, own: Search = {}): Search => {
      if (!change) return { ...viewPart(search), ...own };
      const defaults = viewDefaults();
      return { ...writeView(change(parseView(search, defaults).view), defaults), ...own };
    },
    [search],
  );
}
