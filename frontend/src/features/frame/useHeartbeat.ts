// Asks every 15 seconds whether calls have arrived, with the smallest request; only then is the rest asked again.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';
import { totalsParams } from '../../api/params';
import { usageKey } from '../../api/queryClient';
import { fetchSummary, type SummaryRow, summaryQuery } from '../../api/usage';
import { clock, useAsOf } from '../../lib/clock';
import { spanOf } from '../../lib/range';
import { startRefresh } from '../../lib/refresh';
import type { View } from '../../lib/view';
import { nextMinute } from '../../lib/zone';
import { isHeld, isIdle } from './attention';
import { live } from './live';

const BEAT_MS = 15_000;
const IDLE_BEAT_MS = 60_000;
const HELD_CHECK_MS = 500;

export interface Heartbeat {
  /** The range holds now, so that new calls can arrive. */
  isOpen: boolean;
  /** Calls that have arrived and are not shown yet. */
  newCalls: number;
  show: () => void;
  /** When the figures on screen were last known to be exact. */
  exactAt: number | undefined;
  error: Error | null;
  retry: () => void;
}

export function useHeartbeat(view: View): Heartbeat {
  const isOn = live.use();
  const asOf = useAsOf();
  const client = useQueryClient();
  const isOpen = spanOf(view.range, view.tz, asOf).holdsNow;
  const shown = useQuery(summaryQuery(totalsParams(view, asOf)));
  const beat = useQuery({
    queryKey: ['heartbeat', view, asOf],
    // Not through the cache: within a minute the request is that of the figures on screen, and would replace them
    // alone, without the rest of the page.
    queryFn: async ({ signal }) => {
      // The figures that have just arrived are the first beat.
      if (shown.data && Date.now() - shown.dataUpdatedAt < BEAT_MS / 2) {
        return { row: shown.data[0], at: shown.dataUpdatedAt };
      }
      const [row] = await fetchSummary(totalsParams(view, nextMinute(Date.now())), signal);
      return { row, at: Date.now() };
    },
    enabled: isOn && isOpen && shown.isSuccess,
    refetchInterval: () => (isIdle() ? IDLE_BEAT_MS : BEAT_MS),
  });

  const hasNews = shown.isPlaceholderData === false && isNews(shown.data?.[0], beat.data?.row);
  const show = useCallback(() => {
    startRefresh(Date.now());
    // Another minute is another request for every part; within the minute the same requests are repeated.
    if (!clock.advance()) void client.invalidateQueries({ queryKey: usageKey });
  }, [client]);

  useEffect(() => {
    if (!hasNews) return;
    const showUnlessHeld = () => {
      if (!isHeld() && client.isFetching({ queryKey: usageKey }) === 0) show();
    };
    showUnlessHeld();
    const timer = setInterval(showUnlessHeld, HELD_CHECK_MS);
    return () => clearInterval(timer);
  }, [hasNews, show, client]);

  return {
    isOpen,
    newCalls: hasNews ? (beat.data?.row?.calls ?? 0) - (shown.data?.[0]?.calls ?? 0) : 0,
    show,
    exactAt: Math.max(shown.dataUpdatedAt, beat.data?.at ?? 0) || undefined,
    error: beat.error ?? shown.error,
    retry: () => void (beat.isError ? beat : shown).refetch(),
  };
}

/** Prices can arrive for calls that have been there before. */
function isNews(shown: SummaryRow | undefined, beat: SummaryRow | undefined): boolean {
  if (!shown || !beat) return false;
  return (
    shown.calls !== beat.calls ||
    shown.cost_usd !== beat.cost_usd ||
    shown.unpriced_calls !== beat.unpriced_calls
  );
}
