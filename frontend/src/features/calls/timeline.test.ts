import fc from 'fast-check';
import { expect, it } from 'vitest';
import { timelineOf } from './timeline';

const of = (latency_ms: number | null, overhead_ms: number | null, first_byte_ms: number | null) =>
  timelineOf({ latency_ms, overhead_ms, first_byte_ms, stream: true });

it('splits the time of a streamed call', () => {
  expect(of(1000, 2, 302)?.map(({ id, ms }) => [id, ms])).toEqual([
    ['ours', 2],
    ['waiting', 300],
    ['streaming', 698],
  ]);
});

it('knows only the provider where no byte came', () => {
  expect(of(500, null, null)?.map(({ id }) => id)).toEqual(['provider']);
  expect(of(null, 1, null)).toBeUndefined();
});

it('adds up to the latency whatever was measured', () => {
  const ms = fc.integer({ min: 0, max: 600_000 });
  fc.assert(
    fc.property(ms, fc.option(ms), fc.option(ms), (latency, overhead, first) => {
      const spans = of(latency, overhead, first) ?? [];
      expect(spans.every((span) => span.ms > 0)).toBe(true);
      expect(spans.reduce((sum, span) => sum + span.ms, 0)).toBe(latency);
    }),
  );
});
