// Takes the chart elsewhere: its points as CSV, or its picture.
import { ActionIcon } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { chartSvg, type LegendLine } from '../../lib/chartImage';
import { saveBlob } from '../../lib/download';
import { Menu, MenuItem } from '../../ui/Menu';

interface ChartMenuProps {
  /** Without an ending: `tokenmeter_spend_by-model_…`. */
  name: string;
  disabled: boolean;
  onCsv: () => void;
}

export function ChartMenu({ name, disabled, onCsv }: ChartMenuProps) {
  function picture() {
    const chart = document.querySelector('main [aria-roledescription="chart"]');
    const svg = chart?.querySelector('svg');
    if (!svg) return;
    const text = chartSvg(svg, chart?.getAttribute('aria-label') ?? '', legendOf(chart));
    saveBlob(`${name}.svg`, new Blob([text], { type: 'image/svg+xml' }));
  }
  return (
    <Menu
      label="Download the chart"
      position="bottom-end"
      width={220}
      button={(props) => (
        <ActionIcon
          {...props}
          variant="subtle"
          color="gray"
          aria-label="Download the chart"
          title="Download the chart"
          disabled={disabled}
        >
          <IconDownload size={17} aria-hidden="true" />
        </ActionIcon>
      )}
    >
      <MenuItem onClick={onCsv}>Points as CSV</MenuItem>
      <MenuItem onClick={picture}>Picture as SVG</MenuItem>
    </Menu>
  );
}

/** The legend that stands below the chart. */
function legendOf(chart: Element | null): LegendLine[] {
  const entries = chart?.parentElement?.querySelectorAll('[data-legend]') ?? [];
  return [...entries].map((entry) => {
    const [swatch, name, amount] = entry.children;
    return {
      name: name?.textContent ?? '',
      amount: amount?.textContent ?? '',
      color: swatch ? getComputedStyle(swatch).backgroundColor : 'none',
    };
  });
}
