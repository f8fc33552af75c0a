// Beside the chart: back from a zoom, the same as a table, a file of it.
import { ActionIcon, Button } from '@mantine/core';
import { IconTable } from '@tabler/icons-react';
import type { Timeseries } from '../../api/usage';
import { saveText } from '../../lib/download';
import type { KeyNames } from '../../lib/groups';
import { useView } from '../../lib/useView';
import type { useZoom } from '../../ui/useZoom';
import { ChartMenu } from './ChartMenu';
import { chartCsv, exportName } from './exports';
import type { ExploreState } from './state';

interface ChartToolsProps {
  answer: Timeseries | undefined;
  state: ExploreState;
  keys: KeyNames | undefined;
  asTable: boolean;
  onTable: (asTable: boolean) => void;
  zoom: ReturnType<typeof useZoom>;
}

export function ChartTools({ answer, state, keys, asTable, onTable, zoom }: ChartToolsProps) {
  const { cost } = useView();
  const factsOf = (of: Timeseries) => ({ tz: of.tz, from: of.from, to: of.to, cost });
  const nameOf = (of: Timeseries) =>
    exportName(state.metric, state.by, factsOf(of)).replace(/\.csv$/, `_${of.interval}`);
  function download(of: Timeseries) {
    saveText(`${nameOf(of)}.csv`, 'text/csv', chartCsv(of, state.by, keys, factsOf(of)));
  }
  return (
    <>
      {zoom.canReturn && (
        <Button size="compact-sm" variant="default" onClick={zoom.back}>
          Zoom out
        </Button>
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Show as table"
        aria-pressed={asTable}
        title="Show as table"
        onClick={() => onTable(!asTable)}
      >
        <IconTable size={17} aria-hidden="true" />
      </ActionIcon>
      <ChartMenu
        name={answer ? nameOf(answer) : ''}
        disabled={!answer}
        onCsv={() => answer && download(answer)}
      />
    </>
  );
}
