// What the subject of a limit used in earlier windows, against the amount of today.
import { useQuery } from '@tanstack/react-query';
import { timeseriesQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { formatNumberOf } from '../../lib/format';
import { cityOf } from '../../lib/zone';
import { TimeChart } from '../../ui/chart/TimeChart';
import { FailureNotice } from '../../ui/FailureNotice';
import { Panel } from '../../ui/Panel';
import { SkeletonChart } from '../../ui/Skeletons';
import type { Limit } from './draft';
import { type ChartWindow, hasHistory, historyOf, historyParams, refusalMarks } from './history';
import { eventsQuery } from './queries';
import { whatText } from './words';

const HEIGHT = 200;
const EVENTS = 200;

export function LimitHistory({ limit }: { limit: Limit }) {
  const now = useAsOf();
  const series = useQuery(timeseriesQuery(historyParams(limit, now)));
  const events = useQuery(eventsQuery(limit.id, EVENTS));
  if (!hasHistory(limit)) return null;
  const history = series.data && historyOf(series.data, limit);
  const what = whatText(limit);
  const title = what.charAt(0).toUpperCase() + what.slice(1);
  return (
    <Panel
      title={title}
      note={cityOf(limit.time_zone)}
      description={
        history &&
        `${formatNumberOf(history.passed, limit.window)} of ${history.values.length} used more than ${history.cap.text}`
      }
      padded
    >
      {series.isError && !series.data ? (
        <FailureNotice
          error={series.error}
          forbidden="This key may not read usage."
          onRetry={() => void series.refetch()}
        />
      ) : history ? (
        <TimeChart
          label={`${title}, ${history.values.length} windows, ${history.passed} above the limit of ${history.cap.text}`}
          buckets={history.buckets}
          series={[
            {
              id: 'used',
              name: 'used',
              color: 'var(--s0)',
              isOther: false,
              values: history.values,
            },
          ]}
          form="bars"
          interval={limit.window as ChartWindow}
          zone={limit.time_zone}
          height={HEIGHT}
          formatTick={history.tick}
          valueText={history.valueText}
          unpriced={history.unpriced}
          cap={history.cap}
          marks={refusalMarks(events.data?.data ?? [], history.buckets)}
        />
      ) : (
        <SkeletonChart label="Loading earlier windows" height={HEIGHT} />
      )}
    </Panel>
  );
}
