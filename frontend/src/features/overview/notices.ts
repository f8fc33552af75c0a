// What needs attention now, most urgent first.
import type { Dim } from '../../api/params';
import type { Timeseries } from '../../api/usage';
import type { Budget } from '../../lib/budgets';
import { formatDay, formatMinute, formatNumberOf, formatPercent } from '../../lib/format';
import { formatMoney } from '../../lib/money';
import { type Pace, paceText } from '../../lib/pace';
import type { UsageChart } from '../../lib/usageChart';
import type { Search } from '../../lib/view';
import { toLocal, weekdayOf } from '../../lib/zone';

export interface Notice {
  id: string;
  tone: 'bad' | 'warn';
  text: string;
  /** A page with its own parameters, and what its link says. */
  to?: string;
  own?: Search;
  action?: string;
}

interface Totals {
  calls: number;
  failed_calls: number;
}

interface Input {
  budgets: readonly { budget: Budget; pace: Pace | undefined }[];
  /** Models of the range. */
  models: readonly { model?: string | null; unpriced_calls: number }[];
  now: Totals | undefined;
  before: Totals | undefined;
  /** What the chart is grouped by. */
  by: Dim;
  chart: UsageChart | undefined;
  interval: Timeseries['interval'] | undefined;
  keys: readonly { id: string; name: string; expires_at: string | null; status: string }[];
  zone: string;
  /** Milliseconds. */
  at: number;
}

const MAX = 4;
const WEEK_MS = 7 * 86_400_000;

export function noticesOf(input: Input): Notice[] {
  return [
    ...refusing(input),
    ...runningOut(input),
    ...unpriced(input),
    ...failing(input),
    ...unusual(input),
    ...expiring(input),
  ].slice(0, MAX);
}

const budgetName = ({ subject, window }: Budget) => `${subject} ${window}`;
const limitLink = ({ id }: Budget) => ({ to: `/limits/${id}`, action: 'Open' });

function refusing({ budgets, zone, at }: Input): Notice[] {
  return budgets
    .filter(({ budget }) => budget.isRefusing)
    .map(({ budget }) => {
      const until = budget.resetsAt && formatMinute(budget.resetsAt, budget.zone ?? zone, at);
      const end = until ? ` until ${until}` : '';
      return {
        id: `refusing ${budget.id}`,
        tone: 'bad',
        text: `${budgetName(budget)} limit is used up (${budget.text}): calls are refused${end}`,
        ...limitLink(budget),
      };
    });
}

function runningOut({ budgets, zone, at }: Input): Notice[] {
  return budgets.flatMap(({ budget, pace }) => {
    if (budget.isRefusing || pace?.kind !== 'runs-out' || pace.at <= at) return [];
    const options = { zone: budget.zone ?? zone, now: at, format: String };
    const when = paceText(pace, options).replace(/^Runs out /, 'runs out ');
    return {
      id: `runs out ${budget.id}`,
      tone: 'warn',
      text: `${budgetName(budget)} budget ${when} (${budget.text})`,
      ...limitLink(budget),
    };
  });
}

function unpriced({ models }: Input): Notice[] {
  const without = models.filter(({ unpriced_calls }) => unpriced_calls > 0);
  const calls = without.reduce((sum, { unpriced_calls }) => sum + unpriced_calls, 0);
  const [first] = without;
  if (!first) return [];
  const of = without.length === 1 ? (first.model ?? 'one model') : `${without.length} models`;
  const have = calls === 1 ? 'has' : 'have';
  return [
    {
      id: 'unpriced',
      tone: 'warn',
      text: `${formatNumberOf(calls, 'call')} of ${of} ${have} no price`,
      to: '/prices',
      action: without.length === 1 ? 'Set price' : 'Set prices',
    },
  ];
}

const MIN_RATE = 0.02;

function failing({ now, before }: Input): Notice[] {
  if (!now || now.calls === 0) return [];
  const rate = now.failed_calls / now.calls;
  const was = before && before.calls > 0 ? before.failed_calls / before.calls : undefined;
  if (rate <= MIN_RATE || was === undefined || rate <= 2 * was) return [];
  return [
    {
      id: 'failing',
      tone: 'bad',
      text: `${formatPercent(rate)} of calls failed, ${formatPercent(was)} before`,
      to: '/explore',
      own: { metric: 'failed' },
      action: 'Open Explore',
    },
  ];
}

const MIN_WEEKS = 3;
const TIMES = 3;
/** Of the day: small groups jump often and cost little. */
const MIN_SHARE = 0.1;

/** The last whole day of each group against the same weekday of the weeks before. */
function unusual({ by, chart, interval, zone, at }: Input): Notice[] {
  if (chart?.metric !== 'spend' || interval !== 'day') return [];
  const last = chart.starts.length - 2;
  const start = chart.starts[last];
  if (start === undefined) return [];
  const weekday = weekdayOf(toLocal(start, zone));
  const same = chart.starts
    .map((from, index) => ({ from, index }))
    .filter(({ from, index }) => index < last && weekdayOf(toLocal(from, zone)) === weekday);
  if (same.length < MIN_WEEKS) return [];
  const total = Number(chart.bucketTotals[last] ?? 0n) / 1e12;
  return chart.series.flatMap((series) => {
    const value = series.values[last] ?? 0;
    const usual = median(same.map(({ index }) => series.values[index] ?? 0));
    if (series.isOther || usual <= 0 || value <= TIMES * usual || value < MIN_SHARE * total)
      return [];
    const times = Math.round(value / usual);
    const spent = `${formatMoney(value.toFixed(6))} on ${formatDay(start, zone, at)}`;
    return {
      id: `unusual ${series.id}`,
      tone: 'warn' as const,
      text: `${series.name} spent ${spent}, ${times} times its usual ${DAYS[weekday]}`,
      to: '/explore',
      own: { by },
      action: 'Open Explore',
    };
  });
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

function expiring({ keys, zone, at }: Input): Notice[] {
  return keys.flatMap(({ id, name, expires_at: end, status }) => {
    const left = end === null ? undefined : Date.parse(end) - at;
    if (left === undefined || left <= 0 || left >= WEEK_MS || status !== 'active') return [];
    return {
      id: `expires ${id}`,
      tone: 'warn' as const,
      text: `The key ${name} expires on ${formatMinute(Date.parse(end ?? ''), zone, at)}`,
      to: `/keys/${id}`,
      action: 'Open',
    };
  });
}
