import { expect, it } from 'vitest';
import { type BucketInterval, bucketsOf } from './buckets';
import { timeTicks } from './ticks';

const HOUR = 3_600_000;
const BERLIN = 'Europe/Berlin';

function buckets(from: string, hours: number[], interval: BucketInterval, zone = BERLIN) {
  const start = Date.parse(from);
  const starts = hours.map((hour) => start + hour * HOUR);
  const to = (starts.at(-1) ?? start) + HOUR;
  return bucketsOf(starts, { interval, zone, from: start, to, holdsNow: true });
}

const days = (count: number, hours = 24) => Array.from({ length: count }, (_, day) => day * hours);
const texts = (ticks: { text: string }[]) => ticks.map(({ text }) => text);

it('labels days of the month that leave room, the first of a month strong', () => {
  const thirty = buckets('2026-10-30T23:00:00Z', days(30), 'day');
  const ticks = timeTicks(thirty, 'day', BERLIN, 36);
  expect(texts(ticks)).toEqual(['1 Nov', '5 Nov', '10 Nov', '15 Nov', '20 Nov', '25 Nov']);
  expect(timeTicks(thirty, 'day', BERLIN, 60)).toHaveLength(30);
  const strong = timeTicks(thirty, 'day', BERLIN, 60).filter((tick) => tick.strong);
  expect(texts(strong)).toEqual(['1 Nov']);
});

it('labels hours by the clock of the zone, midnights with their date', () => {
  const hours = buckets('2026-11-28T23:00:00Z', days(24, 1), 'hour');
  expect(texts(timeTicks(hours, 'hour', BERLIN, 10))).toEqual([
    '29 Nov',
    '06:00',
    '12:00',
    '18:00',
  ]);
});

it('labels midnights of zones with odd offsets', () => {
  const kathmandu = buckets('2026-11-28T18:15:00Z', days(48, 1), 'hour', 'Asia/Kathmandu');
  expect(texts(timeTicks(kathmandu, 'hour', 'Asia/Kathmandu', 5))).toEqual([
    '29 Nov',
    '12:00',
    '30 Nov',
    '12:00',
  ]);
});

it('a day of 25 hours has a flag and ends an hour later', () => {
  const [before, long] = buckets('2026-10-23T22:00:00Z', [0, 24], 'day');
  expect(before?.flag).toBeUndefined();
  expect(long).toMatchObject({ flag: '25 h', end: Date.parse('2026-10-25T23:00:00Z') });
});

it('tells a bucket that is not over from one that the range cuts', () => {
  const at = (text: string) => Date.parse(text);
  const starts = [at('2026-11-28T00:00:00Z'), at('2026-11-29T00:00:00Z')];
  const range = { interval: 'day', zone: 'UTC', from: at('2026-11-28T08:00:00Z') } as const;
  const names = (to: string, holdsNow: boolean) =>
    bucketsOf(starts, { ...range, to: at(to), holdsNow }).map(({ partial }) => partial);
  expect(names('2026-11-29T10:00:00Z', true)).toEqual(['cut', 'so far']);
  expect(names('2026-11-29T10:00:00Z', false)).toEqual(['cut', 'cut']);
  expect(names('2026-11-30T00:00:00Z', true)).toEqual(['cut', undefined]);
});
