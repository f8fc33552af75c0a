// Beside the chart: back from a zoom, the same as a table, the points as CSV.
import { ActionIcon, Button } from '@mantine/core';
import { IconDownload, IconTable } from '@tabler/icons-react';
import type { Timeseries } from '../../api/usage';
import { saveText } from '../../lib/download';
import type { KeyNames } from '../../lib/groups';
import { useView } from '../../lib/useView';
import type { useZoom } from '../../ui/useZoom';
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
  function download(of: Timeseries) {
    const facts = { tz: of.tz, from: of.from, to: of.to, cost };
    const name = exportName(state.metric, state.by, facts).replace(/\.csv$/, `_${of.interval}.csv`);
    saveText(name, 'text/csv', chartCsv(of, state.by, keys, facts));
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
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Download the points as CSV"
        title="Download the points as CSV"
        disabled={!answer}
        onClick={() => answer && download(answer)}
      >
        <IconDownload size={17} aria-hidden="true" />
      </ActionIcon>
    </>
  );
}
