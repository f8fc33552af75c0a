// The state of one export.
import { useEffect, useRef, useState } from 'react';
import { type CallStatus, exportParams } from '../../api/params';
import { clock } from '../../lib/clock';
import { fileName } from '../../lib/csv';
import { canStreamToFile, openSink } from '../../lib/download';
import { formatNumberOf } from '../../lib/format';
import { pinnedDates } from '../../lib/range';
import { toast } from '../../lib/toast';
import { useShortcuts } from '../../lib/useShortcuts';
import { useView } from '../../lib/useView';
import type { View } from '../../lib/view';
import { exportCalls, type Format } from './exportCalls';

type State =
  | { kind: 'idle' }
  | { kind: 'running'; rows: number; isLarge: boolean }
  | { kind: 'failed'; format: Format; error: Error };

/** From here on, holding the file in memory is worth a word. */
const LARGE_ROWS = 200_000;
const IDLE: State = { kind: 'idle' };

export function useExport(status: readonly CallStatus[]) {
  const view = useView();
  const [state, setState] = useState<State>(IDLE);
  const running = useRef<AbortController>(undefined);
  const stop = () => {
    running.current?.abort();
    setState(IDLE);
  };
  useEffect(() => () => running.current?.abort(), []);
  useShortcuts(EXPORT_SHORTCUT);

  async function start(format: Format) {
    setState(IDLE);
    const asOf = clock.asOf();
    // Must come first: browsers ask where to save only in direct reply to a click.
    const sink = await openSink(nameOf(view, asOf, format));
    if (!sink) return;
    const controller = new AbortController();
    running.current = controller;
    const onRows = (rows: number) =>
      setState({ kind: 'running', rows, isLarge: rows > LARGE_ROWS && !canStreamToFile() });
    onRows(0);
    try {
      const query = exportParams(view, asOf, format, { status });
      const rows = await exportCalls(query, sink, onRows, controller.signal);
      setState(IDLE);
      toast(`Exported ${formatNumberOf(rows, 'call')}.`);
    } catch (error) {
      if (controller.signal.aborted) return;
      setState({ kind: 'failed', format, error: error instanceof Error ? error : new Error() });
    }
  }

  return { state, start, stop, reset: () => setState(IDLE) };
}

const EXPORT_SHORTCUT = [
  {
    keys: 'x',
    does: 'Export',
    run: () => document.querySelector<HTMLElement>('[data-shortcut="x"]')?.click(),
  },
];

function nameOf(view: View, asOf: number, format: Format): string {
  const dates = pinnedDates(view.range, view.tz, asOf);
  const days = dates ? [dates.from.slice(0, 10), dates.to.slice(0, 10)] : ['all'];
  return fileName(['calls', ...days, view.tz, view.cost], format);
}
