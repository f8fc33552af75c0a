// Where the time of a call went.
import type { Call } from './queries';

export interface TimeSpan {
  id: 'ours' | 'waiting' | 'streaming' | 'provider';
  name: string;
  ms: number;
}

/** The parts add up to the latency. Undefined for abandoned calls, which have none. */
export function timelineOf({
  latency_ms,
  overhead_ms,
  first_byte_ms,
  stream,
}: Pick<Call, 'latency_ms' | 'overhead_ms' | 'first_byte_ms' | 'stream'>): TimeSpan[] | undefined {
  if (latency_ms === null || latency_ms <= 0) return undefined;
  const ours = Math.min(overhead_ms ?? 0, latency_ms);
  const rest = latency_ms - ours;
  if (first_byte_ms === null) {
    return kept([
      { id: 'ours', name: 'Tokenmeter', ms: ours },
      { id: 'provider', name: 'Provider', ms: rest },
    ]);
  }
  const waiting = Math.min(Math.max(first_byte_ms - ours, 0), rest);
  return kept([
    { id: 'ours', name: 'Tokenmeter', ms: ours },
    { id: 'waiting', name: 'Waiting for the first byte', ms: waiting },
    { id: 'streaming', name: stream ? 'Streaming' : 'Receiving the response', ms: rest - waiting },
  ]);
}

const kept = (spans: TimeSpan[]) => spans.filter(({ ms }) => ms > 0);
