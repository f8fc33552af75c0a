// Usage by any dimension, as a chart and as a table of the same numbers.
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { keysQuery, type Me, valuesQuery } from '../../api/usage';
import { useCap } from '../../api/useCap';
import { dimName } from '../../lib/groups';
import { METRICS } from '../../lib/metrics';
import { useView } from '../../lib/useView';
import { FailureNotice } from '../../ui/FailureNotice';
import { Panel } from '../../ui/Panel';
import { SkeletonChart, SkeletonRows } from '../../ui/Skeletons';
import { useZoom } from '../../ui/useZoom';
import { ChartTools } from './ChartTools';
import { ControlBar } from './ControlBar';
import { Controls } from './Controls';
import classes from './Explore.module.css';
import { ExploreChart } from './ExploreChart';
import { ExploreTable } from './ExploreTable';
import { TableFooter } from './TableFooter';
import { trendsOf } from './trends';
import {
  capWindow,
  tagNames,
  useExploreInterval,
  useExploreRows,
  useExploreSeries,
  useExploreState,
} from './useExplore';
import { useMarks } from './useMarks';
import { WhyButton } from './WhyButton';

const FORBIDDEN =
  'This key lacks the usage:read scope. Ask an administrator for a key that has it.';

export function Explore({ me }: { me: Me }) {
  const { state, setState } = useExploreState();
  const view = useView();
  const { interval, fitting, allows, holdsNow } = useExploreInterval(state.interval);
  const { series, owners } = useExploreSeries(state, interval);
  const rows = useExploreRows(state);
  const isAdmin = me.scopes.includes('admin');
  const keyList = useQuery({ ...keysQuery, enabled: isAdmin }).data?.data;
  const keys = useMemo(
    () => keyList && new Map(keyList.map(({ id, name }) => [id, name])),
    [keyList],
  );
  const [asTable, setAsTable] = useState(false);
  const zoom = useZoom();
  const phone = useMediaQuery('(max-width: 43.74em)', false, { getInitialValueInEffect: false });
  const height = phone ? 220 : 320;
  const cap = useCap(capWindow(state, view.range, interval));
  const marks = useMarks(isAdmin, keyList, keys);
  const others = rows.now.data && Math.max(0, rows.now.data.length - state.top);
  // Suggestions are no reason to wait for the figures.
  const known = useQuery({ ...valuesQuery('tag', ''), enabled: series.data !== undefined });
  const tags = tagNames(view, state, known.data?.data ?? []);
  const controls = (
    <Controls
      state={state}
      onChange={(change) => setState(change)}
      interval={interval}
      fitting={fitting}
      allows={allows}
      tags={tags}
      isBound={me.user_label !== null}
    />
  );

  return (
    <div className={classes.page}>
      <Panel
        title="Over time"
        lead={<ControlBar state={state} interval={interval} controls={controls} isPhone={phone} />}
        aside={
          <ChartTools
            answer={series.data}
            state={state}
            keys={keys}
            asTable={asTable}
            onTable={setAsTable}
            zoom={zoom}
          />
        }
        padded
      >
        {series.isError && !series.data ? (
          <FailureNotice
            error={series.error}
            forbidden={FORBIDDEN}
            onRetry={() => void series.refetch()}
          />
        ) : series.data ? (
          <ExploreChart
            answer={series.data}
            state={state}
            owners={owners}
            keys={keys}
            others={others}
            holdsNow={holdsNow}
            height={height}
            asTable={asTable}
            cap={cap}
            marks={marks}
            zoom={zoom}
          />
        ) : (
          <SkeletonChart label="Loading usage over time" height={height + 34} />
        )}
      </Panel>
      <Panel
        title={`${METRICS[state.metric]} by ${dimName(state.by).toLowerCase()}`}
        aside={state.metric === 'spend' && rows.now.data && <WhyButton />}
        footer={
          rows.now.data && <TableFooter rows={rows} state={state} keys={keys} holdsNow={holdsNow} />
        }
      >
        {rows.now.isError && !rows.now.data ? (
          <div className={classes.notice}>
            <FailureNotice
              error={rows.now.error}
              forbidden={FORBIDDEN}
              onRetry={() => void rows.now.refetch()}
            />
          </div>
        ) : rows.now.data ? (
          rows.now.data.length === 0 ? (
            <p className={classes.none}>No calls in this range match the filters.</p>
          ) : (
            <ExploreTable
              key={state.by}
              rows={rows.now.data}
              before={rows.before}
              whole={rows.total}
              state={state}
              keys={keys}
              trends={trendsOf(series.data, state.by, state.metric, owners)}
              onSort={(sort) => setState({ sort }, { replace: true })}
            />
          )
        ) : (
          <SkeletonRows label="Loading groups" rows={9} />
        )}
      </Panel>
    </div>
  );
}
