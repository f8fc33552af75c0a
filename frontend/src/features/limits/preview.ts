// What a draft of a limit would do, in sentences: used so far, its pace, and a test against the last three months.
import type { TimeseriesParams } from '../../api/params';
import type { Timeseries } from '../../api/usage';
import { formatCompact } from '../../lib/format';
import { formatUsdNear, type Pace, paceOf, toTwoDigits } from '../../lib/pace';
import { dateOf, toInstant, toLocal } from '../../lib/zone';
import {
  type Counted,
  countWindows,
  currentEnd,
  isDayWindow,
  moveWindows,
  passedWindows,
  WINDOWS_BACK,
  windowStart,
} from './backtest';
import { type LimitDraft, needsId, subjectOf, unitsOf } from './draft';
import { METRICS, unitsText } from './words';

/** Limits on each of something are tested against those that used most. */
export const GROUPS = 20;

/** What to ask for; undefined where nothing can be said, or nothing yet. */
export function previewParams(draft: LimitDraft, now: number): TimeseriesParams | undefined {
  const { metric, window, zone } = draft;
  if (metric === 'concurrency' || !isDayWindow(window)) return undefined;
  if (needsId(draft.subject) && !draft.id.trim()) return undefined;
  if (draft.subject === 'tag' && !/^[^=]+=./.test(draft.id.trim())) return undefined;
  const today = dateOf(toLocal(now, zone));
  const from = moveWindows(windowStart(today, window), window, -WINDOWS_BACK[window]);
  return {
    from: new Date(toInstant(from, zone)).toISOString(),
    to: new Date(now).toISOString(),
    interval: 'day',
    tz: zone,
    ...subjectParams(draft),
  };
}

function subjectParams(draft: LimitDraft) {
  const { kind, id = '' } = subjectOf(draft);
  const text = id ?? '';
  switch (draft.subject) {
    case 'each-label':
      return { group_by: 'user_label', top: GROUPS };
    case 'each-key':
      return { group_by: 'key', top: GROUPS };
    case 'each-tag':
      return { group_by: `tag.${text.slice(0, -2)}`, top: GROUPS };
    default:
      return { group_by: 'model', top: 0, ...filterOf(kind, text) };
  }
}

/** The filter of reports that selects what a limit on one subject counts. */
export function filterOf(
  kind: string,
  id: string,
): Pick<TimeseriesParams, 'user_label' | 'key_id'> {
  if (kind === 'label') return { user_label: [id] };
  if (kind === 'key') return { key_id: [id] };
  if (kind !== 'tag') return {};
  const [name = '', ...value] = id.split('=');
  return { [`tag.${name}`]: [value.join('=')] };
}

export interface Preview {
  used: string;
  pace: string | undefined;
  backtest: string | undefined;
}

const THIS = { day: 'today', week: 'this week', month: 'this month' } as const;

export function previewOf(draft: LimitDraft, answer: Timeseries, now: number): Preview | undefined {
  const { metric, window, zone, subject } = draft;
  if (!isDayWindow(window)) return undefined;
  const amount = unitsOf(draft);
  const isEach = subject.startsWith('each-');
  const counted = countWindows(answer, { metric, window, zone, now }).filter(
    // The rest is no single label, key or value.
    (_, index) => !isEach || answer.series[index]?.is_other !== true,
  );
  const fullest = counted.reduce<Counted | undefined>(
    (most, one) => (most && most.current >= one.current ? most : one),
    undefined,
  );
  if (!fullest) {
    return { used: `Nothing used ${THIS[window]} so far.`, pace: undefined, backtest: undefined };
  }
  const used = unitsText(fullest.current, metric);
  return {
    used: isEach
      ? `The most used ${THIS[window]} so far: ${used} (${groupText(fullest)}).`
      : `Used ${THIS[window]} so far: ${used}.`,
    pace: amount === undefined || isEach ? undefined : paceSentence(draft, fullest, amount, now),
    backtest: amount === undefined ? undefined : backtestText(draft, counted, amount),
  };
}

const groupText = ({ group }: Counted) =>
  Object.values(group).find((value) => typeof value === 'string') ?? 'none';

function paceSentence(draft: LimitDraft, { current, days }: Counted, amount: bigint, now: number) {
  const { metric, window, zone } = draft;
  if (!isDayWindow(window)) return undefined;
  if (current >= amount) {
    return draft.mode === 'hard'
      ? 'That uses it up: the next call would be refused.'
      : 'That uses it up: it would notify at once.';
  }
  const scale = metric === 'usd' ? 1e12 : 1;
  const pace = paceOf({
    used: Number(current) / scale,
    amount: Number(amount) / scale,
    now,
    resetsAt: currentEnd(window, zone, now),
    zone,
    history: days,
  });
  return paceWords(pace, draft, now);
}

function paceWords(pace: Pace, { metric, window, zone }: LimitDraft, now: number): string {
  if (pace.kind === 'unknown') return 'There is too little history for an outlook.';
  if (pace.kind === 'ends-near') {
    const near =
      metric === 'usd'
        ? formatUsdNear(toTwoDigits(pace.value))
        : `${formatCompact(toTwoDigits(pace.value))} ${METRICS[metric]}`;
    return `At the pace of the last 28 days, the ${window} ends near ${near}.`;
  }
  return `At the pace of the last 28 days, the limit is reached ${dayWords(pace.at, zone, now)}.`;
}

function dayWords(at: number, zone: string, now: number): string {
  const [day, today] = [dateOf(toLocal(at, zone)), dateOf(toLocal(now, zone))];
  if (day === today) return 'today';
  const [, month, date] = day.split('-').map(Number);
  return `on ${date} ${MONTHS[(month ?? 1) - 1]}`;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function backtestText(
  { mode, window, subject }: LimitDraft,
  counted: readonly Counted[],
  amount: bigint,
) {
  const tested = Math.max(0, ...counted.map(({ past }) => past.length));
  if (tested === 0) return undefined;
  const would = mode === 'hard' ? 'It would have refused' : 'It would have notified';
  const never =
    mode === 'hard' ? 'It would have refused nothing' : 'It would not have been reached';
  const preposition = window === 'day' ? 'on' : 'in';
  const span = tested === 1 ? `the last ${window}` : `the last ${tested} ${window}s`;
  const passed = new Set(
    counted.flatMap(({ past }) => passedWindows(past, amount).map((one) => one.start)),
  );
  if (passed.size === 0) return `${never} in ${span}.`;
  const groups = counted.filter(({ past }) => passedWindows(past, amount).length > 0).length;
  const whom = subject.startsWith('each-')
    ? ` calls of ${groups} of the ${counted.length} largest`
    : '';
  return `${would}${whom} ${preposition} ${passed.size} of ${span}.`;
}
