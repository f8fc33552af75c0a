// Ticks of the time axis: on midnights, months and round hours of the zone, as many as have room.
import { toLocal } from '../../lib/zone';
import type { Bucket, BucketInterval } from './buckets';

export interface TimeTick {
  /** Index of the bucket. */
  index: number;
  text: string;
  /** The start of a month, or of a day where buckets are shorter. */
  strong: boolean;
}

interface Clock {
  index: number;
  year: string;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const GAP_PX = 52;

const midnight = ({ hour, minute }: Clock) => hour === 0 && minute === 0;
const everyHours = (hours: number) => (clock: Clock) =>
  clock.minute === 0 && clock.hour % hours === 0;
const onDays = (days: number[]) => (clock: Clock) => midnight(clock) && days.includes(clock.day);
const always = () => true;

/** From the finest to the coarsest choice. */
const CHOICES: Record<BucketInterval, ((clock: Clock) => boolean)[]> = {
  '15m': [always, ({ minute }) => minute % 30 === 0, ...[1, 2, 3, 6, 12].map(everyHours), midnight],
  hour: [
    ...[1, 2, 3, 6, 12].map(everyHours),
    midnight,
    (clock) => midnight(clock) && clock.day % 2 === 0,
    onDays([1, 5, 10, 15, 20, 25]),
    onDays([1, 15]),
  ],
  day: [always, onDays([1, 5, 10, 15, 20, 25]), onDays([1, 15]), onDays([1]), quarterStart],
  week: [always, ({ day }) => day <= 7, ({ day, month }) => day <= 7 && month % 3 === 1],
  month: [
    always,
    ({ month }) => month % 3 === 1,
    ({ month }) => month % 6 === 1,
    ({ month }) => month === 1,
  ],
};

function quarterStart({ day, month }: Clock): boolean {
  return day === 1 && month % 3 === 1;
}

export function timeTicks(
  buckets: readonly Bucket[],
  interval: BucketInterval,
  zone: string,
  bucketPx: number,
): TimeTick[] {
  const clocks = buckets.map(({ start }, index) => clockOf(start, zone, index));
  const fits = (ticks: Clock[]) =>
    ticks.every((tick, at) => {
      const before = ticks[at - 1];
      return before === undefined || (tick.index - before.index) * bucketPx >= GAP_PX;
    });
  const choices = CHOICES[interval].map((choice) => clocks.filter(choice));
  const fitting = choices.find((ticks) => ticks.length > 0 && fits(ticks));
  return withFirst(fitting ?? spread(clocks, bucketPx), clocks, bucketPx).map((clock) =>
    toTick(clock, interval),
  );
}

/** A chart needs a tick at its start, unless the next one is too near. */
function withFirst(ticks: Clock[], clocks: Clock[], bucketPx: number): Clock[] {
  const [first] = clocks;
  const [next] = ticks;
  if (!first || next?.index === 0) return ticks;
  const hasRoom = next === undefined || next.index * bucketPx >= GAP_PX;
  return hasRoom ? [first, ...ticks] : ticks;
}

function spread(clocks: Clock[], bucketPx: number): Clock[] {
  const step = Math.max(1, Math.ceil(GAP_PX / bucketPx));
  return clocks.filter(({ index }) => index % step === 0);
}

function toTick(clock: Clock, interval: BucketInterval): TimeTick {
  const { index, year, month, day, hour, minute } = clock;
  const name = MONTHS[month - 1] ?? '';
  if (interval === 'month') {
    return { index, text: month === 1 ? year : name, strong: month === 1 };
  }
  if ((interval === '15m' || interval === 'hour') && !midnight(clock)) {
    const two = (value: number) => String(value).padStart(2, '0');
    return { index, text: `${two(hour)}:${two(minute)}`, strong: false };
  }
  const strong =
    interval === 'day' ? day === 1 : interval === 'week' ? day <= 7 && month === 1 : true;
  return { index, text: `${day} ${name}`, strong };
}

function clockOf(start: number, zone: string, index: number): Clock {
  const local = toLocal(start, zone);
  const part = (from: number, to: number) => Number(local.slice(from, to) || '0');
  return {
    index,
    year: local.slice(0, 4),
    month: part(5, 7),
    day: part(8, 10),
    hour: part(11, 13),
    minute: part(14, 16),
  };
}
