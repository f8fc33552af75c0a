// The controls of the spend chart: groups, form, table, downloads, and the way to Explore.
import { ActionIcon, Button, SegmentedControl } from '@mantine/core';
import { IconArrowsMaximize, IconTable } from '@tabler/icons-react';
import type { Dim } from '../../api/params';
import { dimName } from '../../lib/groups';
import { useView } from '../../lib/useView';
import { ChartMenu } from '../../ui/chart/ChartMenu';
import type { ChartForm } from '../../ui/chart/layout';
import { ViewLink } from '../../ui/ViewLink';
import type { SpendChartProps } from './SpendChart';
import classes from './SpendChart.module.css';

interface SpendToolsProps extends SpendChartProps {
  form: ChartForm;
  onForm: (form: ChartForm) => void;
  asTable: boolean;
  onTable: (asTable: boolean) => void;
  onZoomOut: (() => void) | undefined;
}

export function SpendTools(props: SpendToolsProps) {
  const { by, dims, onBy, form, onForm, asTable, onTable, onZoomOut } = props;
  const { cost } = useView();
  return (
    <>
      {onZoomOut && (
        <Button size="compact-sm" variant="default" onClick={onZoomOut}>
          Zoom out
        </Button>
      )}
      {dims.length > 1 && (
        <SegmentedControl
          size="xs"
          aria-label="Group by"
          value={by}
          onChange={(value) => onBy(value as Dim)}
          data={dims.map((dim) => ({ value: dim, label: dimName(dim) }))}
        />
      )}
      <SegmentedControl
        size="xs"
        aria-label="Form"
        className={classes.form}
        value={form}
        onChange={(value) => onForm(value as ChartForm)}
        data={[
          { value: 'bars', label: 'Bars' },
          { value: 'lines', label: 'Lines' },
        ]}
      />
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
        answer={props.series.data}
        by={by}
        metric="spend"
        cost={cost}
        keys={props.keys}
        hasPicture={!asTable}
      />
      {props.canExplore && (
        <ViewLink
          to="/explore"
          own={{ by, ...(form === 'lines' && { as: form }) }}
          className={classes.explore}
          title="Open in Explore"
        >
          <IconArrowsMaximize size={16} aria-hidden="true" />
          <span className="visually-hidden">Open in Explore</span>
        </ViewLink>
      )}
    </>
  );
}
