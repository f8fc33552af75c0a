import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  addMonths,
  cityOf,
  hoursOfDay,
  isZone,
  nextMinute,
  offsetText,
  parseLocal,
  toInstant,
  toLocal,
} from './zone';

const iso = (local: string, zone: string) =>
  new Date(toInstant(local, zone)).toISOString().replace(':00.000Z', 'Z');

describe('the instant of a wall clock', () => {
  it.each([
    ['Europe/Berlin', '2026-11-29T17:10', '2026-11-29T16:10Z'],
    ['Europe/Berlin', '2026-07-01', '2026-06-30T22:00Z'],
    ['America/New_York', '2026-11-01', '2026-11-01T04:00Z'],
    ['America/New_York', '2026-11-02', '2026-11-02T05:00Z'],
    ['Asia/Kolkata', '2026-11-01', '2026-10-31T18:30Z'],
    ['Asia/Kathmandu', '2026-11-01', '2026-10-31T18:15Z'],
    ['Australia/Lord_Howe', '2026-01-15', '2026-01-14T13:00Z'],
    ['Australia/Lord_Howe', '2026-06-15', '2026-06-14T13:30Z'],
    ['Pacific/Apia', '2026-06-15', '2026-06-14T11:00Z'],
  ])('in %s at %s is %s', (zone, local, instant) => {
    expect(iso(local, zone)).toBe(instant);
  });

  it('is after the gap where clocks go forward', () => {
    expect(iso('2026-03-29T02:30', 'Europe/Berlin')).toBe('2026-03-29T01:30Z');
    expect(iso('2026-03-08T02:00', 'America/New_York')).toBe('2026-03-08T07:00Z');
    // Midnight itself is skipped in Santiago: the day starts at one o'clock.
    expect(iso('2026-09-06', 'America/Santiago')).toBe('2026-09-06T04:00Z');
    // Apia skipped the whole of 30 December 2011.
    expect(iso('2011-12-30', 'Pacific/Apia')).toBe('2011-12-30T10:00Z');
    expect(iso('2011-12-31', 'Pacific/Apia')).toBe('2011-12-30T10:00Z');
  });

  it('is the first of two where clocks go back', () => {
    expect(iso('2026-10-25T02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30Z');
    expect(iso('2026-11-01T01:30', 'America/New_York')).toBe('2026-11-01T05:30Z');
  });

  it('has the wall clock that it was made from, wherever that exists', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
    fc.assert(
      fc.property(
        fc.integer({ min: 946_684_800, max: 1_893_456_000 }),
        fc.constantFrom(...zones),
        (seconds, zone) => {
          const local = toLocal(seconds * 1000, zone);
          expect(toLocal(toInstant(local, zone), zone)).toBe(local);
        },
      ),
    );
  });
});

it.each([
  ['Europe/Berlin', '2026-10-25', 25],
  ['Europe/Berlin', '2026-03-29', 23],
  ['America/New_York', '2026-11-01', 25],
  ['Australia/Lord_Howe', '2026-04-05', 24.5],
  ['Australia/Lord_Howe', '2026-10-04', 23.5],
  ['Pacific/Apia', '2011-12-30', 0],
  ['Asia/Kolkata', '2026-10-25', 24],
])('in %s the day %s has %d hours', (zone, date, hours) => {
  expect(hoursOfDay(date, zone)).toBe(hours);
});

it('reads wall clocks that exist and no others', () => {
  expect(
    ['2026-11-01', '2026-11-01T00:00', '2026-11-01T17:10', '2024-02-29'].map(parseLocal),
  ).toEqual(['2026-11-01', '2026-11-01', '2026-11-01T17:10', '2024-02-29']);
  const wrong = ['', '2026-02-29', '2026-13-01', '2026-11-01T24:00', '2026-11-01T17:10Z', '26-1-1'];
  expect(wrong.map(parseLocal)).toEqual(wrong.map(() => undefined));
});

it('moves dates over the ends of months and years', () => {
  expect(addDays('2026-02-28T17:10', 1)).toBe('2026-03-01T17:10');
  expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
  expect(addMonths('2026-03-31T09:00', -1)).toBe('2026-02-28T09:00');
  expect(addMonths('2026-01-15', -1)).toBe('2025-12-15');
});

it('names zones and offsets', () => {
  const winter = Date.UTC(2026, 0, 1);
  expect(offsetText(winter, 'America/New_York')).toBe('−05:00');
  expect(offsetText(winter, 'Asia/Kathmandu')).toBe('+05:45');
  expect(cityOf('America/Argentina/Buenos_Aires')).toBe('Buenos Aires');
  expect(['UTC', 'Europe/Berlin', 'Nowhere', '', '+01:00'].map(isZone)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

it('rounds up to full minutes', () => {
  expect([0, 1, 59_999, 60_000].map(nextMinute)).toEqual([0, 60_000, 60_000, 60_000]);
});
