// Beside the chart: back from a zoom, the same as a table, a file of it.
import { ActionIcon, Button } from '@mantine/core';
import { IconTable } from '@tabler/icons-react';
import type { Timeseries } from '../../api/usage';
import type { KeyNames } from '../../lib/groups';
import { useView } from '../../lib/useView';
import { ChartMenu } from '../../ui/chart/ChartMenu';
import type { useZoom } from '../../ui/useZoom';
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
        answer={answer}
        by={state.by}
        metric={state.metric}
        cost={cost}
        keys={keys}
        hasPicture={!asTable}
      />
    </>
  );
}
