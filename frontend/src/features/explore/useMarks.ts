// What happened in the range, as marks on the axis: calls refused by a limit, prices corrected, keys created.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, unwrap } from '../../api/client';
import { spanParams } from '../../api/params';
import type { components } from '../../api/schema.gen';
import { subjectName } from '../../lib/budgets';
import { useAsOf } from '../../lib/clock';
import { signed } from '../../lib/explain';
import type { KeyNames } from '../../lib/groups';
import { parseUsd } from '../../lib/money';
import { spanOf } from '../../lib/range';
import { useView } from '../../lib/useView';
import type { View } from '../../lib/view';
import type { Bucket } from '../../ui/chart/buckets';
import type { ChartMark } from '../../ui/chart/TimeChart';

type LimitEvent = components['schemas']['LimitEvent'];
type Revision = components['schemas']['PriceRevision'];

interface MarkInput {
  events: readonly LimitEvent[];
  revisions: readonly Revision[];
  newKeys: readonly NewKey[];
  view: View;
  keys: KeyNames | undefined;
}

type NewKey = Pick<components['schemas']['ApiKey'], 'id' | 'name' | 'created_at' | 'user_label'>;

export function useMarks(
  isAdmin: boolean,
  newKeys: readonly NewKey[] | undefined,
  keys: KeyNames | undefined,
) {
  const [view, asOf] = [useView(), useAsOf()];
  const range = spanParams(spanOf(view.range, view.tz, asOf));
  const events = useQuery({
    queryKey: ['limits', 'events', 'refused', range],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/limits/events', {
          params: { query: { ...range, kind: 'refused', limit: 200 } },
          signal,
        }),
      ),
    staleTime: 60_000,
  }).data?.data;
  const revisions = useQuery({
    queryKey: ['prices', 'revisions', 'newest'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/prices/revisions', { params: { query: { limit: 200 } }, signal })),
    enabled: isAdmin,
    staleTime: 60_000,
  }).data?.data;
  return useMemo(
    () => (buckets: readonly Bucket[]) =>
      marksOf(buckets, {
        events: events ?? [],
        revisions: revisions ?? [],
        newKeys: newKeys ?? [],
        view,
        keys,
      }),
    [events, revisions, newKeys, view, keys],
  );
}

/** One mark for the same thing in a bucket, however often it happened. */
export function marksOf(buckets: readonly Bucket[], input: MarkInput): ChartMark[] {
  const { view, keys } = input;
  const marks = new Map<string, ChartMark>();
  const add = (at: string, symbol: ChartMark['symbol'], text: string) => {
    const instant = Date.parse(at);
    const bucket = buckets.findIndex(({ start, end }) => start <= instant && instant < end);
    if (bucket >= 0) marks.set(`${bucket} ${text}`, { bucket, symbol, text });
  };
  for (const { occurred_at, subject, window } of input.events) {
    if (!concerns(view, subject)) continue;
    add(occurred_at, '▲', `refused by the limit of ${subjectName(subject, keys)}, ${window}`);
  }
  for (const { applied_at, model, difference_usd } of input.revisions) {
    if (applied_at === null || (view.model.length > 0 && !view.model.includes(model))) continue;
    add(applied_at, '◆', `price of ${model} corrected, ${signed(parseUsd(difference_usd))}`);
  }
  for (const { id, name, created_at, user_label: label } of input.newKeys) {
    const isWanted =
      concerns(view, { kind: 'key', id }) &&
      (label === null || concerns(view, { kind: 'label', id: label }));
    if (isWanted) add(created_at, '●', `key ${name} created`);
  }
  return [...marks.values()];
}

/** Whether a subject is among the filters; without a filter of its kind all are. */
function concerns(view: View, { kind, id }: LimitEvent['subject']): boolean {
  const wanted = kind === 'label' ? view.label : kind === 'key' ? view.key : [];
  return wanted.length === 0 || id == null || id === '*' || wanted.includes(id);
}
