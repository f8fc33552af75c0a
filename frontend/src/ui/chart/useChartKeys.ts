// A chart by keyboard: ← → bucket, Home and End, ↑ ↓ group, Shift+← → selects, Enter zooms or filters, Esc leaves.
import { type KeyboardEvent, useState } from 'react';
import { selectionOf } from './layout';

export interface KeyCursor {
  bucket: number;
  /** Where a selection began. */
  anchor?: number;
  /** Index of the chosen group. */
  series?: number;
}

interface KeyOptions {
  buckets: number;
  series: number;
  onSelect?: (first: number, last: number) => void;
  onPick?: (series: number, only: boolean) => void;
}

export function useChartKeys({ buckets, series, onSelect, onPick }: KeyOptions) {
  const [cursor, setCursor] = useState<KeyCursor>();
  const current = cursor && { ...cursor, bucket: Math.min(cursor.bucket, buckets - 1) };

  function move(bucket: number, extend: boolean) {
    const from = current?.bucket ?? buckets - 1;
    setCursor({
      ...current,
      bucket: Math.min(Math.max(bucket, 0), buckets - 1),
      anchor: extend && onSelect ? (current?.anchor ?? from) : undefined,
    });
  }

  function choose(step: number) {
    const next = (current?.series ?? (step > 0 ? -1 : series)) + step;
    const wrapped = next < 0 || next >= series ? undefined : next;
    setCursor({ bucket: current?.bucket ?? buckets - 1, series: wrapped });
  }

  function enter(only: boolean) {
    if (!current) return;
    const selection =
      current.anchor === undefined ? undefined : selectionOf(current.anchor, current.bucket);
    setCursor({ ...current, anchor: undefined });
    if (selection) onSelect?.(selection.first, selection.last);
    else if (current.series !== undefined) onPick?.(current.series, only);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (buckets === 0 || event.target !== event.currentTarget) return;
    const at = current?.bucket;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => move(at === undefined ? buckets - 1 : at - 1, event.shiftKey),
      ArrowRight: () => move(at === undefined ? 0 : at + 1, event.shiftKey),
      Home: () => move(0, event.shiftKey),
      End: () => move(buckets - 1, event.shiftKey),
      // Groups are stacked upwards: the next one is above.
      ArrowUp: () => choose(1),
      ArrowDown: () => choose(-1),
      Enter: () => enter(event.shiftKey),
    };
    const action = actions[event.key];
    const isEscape = event.key === 'Escape' && current !== undefined;
    if (!action && !isEscape) return;
    event.preventDefault();
    event.stopPropagation();
    if (action) action();
    else setCursor(undefined);
  }

  return { cursor: current, onKeyDown, clear: () => setCursor(undefined) };
}
