// Takes a chart elsewhere: its points as CSV, or its picture.
import { ActionIcon } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useRef } from 'react';
import type { Dim } from '../../api/params';
import type { Timeseries } from '../../api/usage';
import { chartSvg, type LegendLine } from '../../lib/chartImage';
import { chartPng } from '../../lib/chartPng';
import { saveBlob, saveText } from '../../lib/download';
import type { KeyNames } from '../../lib/groups';
import type { Metric } from '../../lib/metrics';
import { chartCsv, type ExportFacts, exportName } from '../../lib/usageCsv';
import { Menu, MenuItem } from '../Menu';

interface ChartMenuProps {
  answer: Timeseries | undefined;
  by: Dim;
  metric: Metric;
  cost: ExportFacts['cost'];
  keys: KeyNames | undefined;
  /** Pictures are of the chart alone, which is not there while its table is. */
  hasPicture: boolean;
}

export function ChartMenu({ answer, by, metric, cost, keys, hasPicture }: ChartMenuProps) {
  const place = useRef<HTMLSpanElement>(null);
  const facts = answer && { tz: answer.tz, from: answer.from, to: answer.to, cost };
  const name = facts && exportName(metric, by, facts).replace(/\.csv$/, `_${answer.interval}`);
  function picture(): SVGSVGElement | undefined {
    // The chart of the panel around this menu.
    const chart = place.current?.closest('section')?.querySelector(CHART);
    const svg = chart?.querySelector('svg');
    if (!chart || !svg) return undefined;
    return chartSvg(svg, chart.getAttribute('aria-label') ?? '', legendOf(chart));
  }
  function saveSvg() {
    const svg = picture();
    if (!svg) return;
    const text = new XMLSerializer().serializeToString(svg);
    saveBlob(`${name}.svg`, new Blob([text], { type: 'image/svg+xml' }));
  }
  async function savePng() {
    const svg = picture();
    if (svg) saveBlob(`${name}.png`, await chartPng(svg));
  }
  return (
    <span ref={place}>
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
            disabled={!answer}
          >
            <IconDownload size={17} aria-hidden="true" />
          </ActionIcon>
        )}
      >
        <MenuItem
          onClick={() =>
            answer &&
            facts &&
            saveText(`${name}.csv`, 'text/csv', chartCsv(answer, by, keys, facts))
          }
        >
          Points as CSV
        </MenuItem>
        {hasPicture && <MenuItem onClick={() => void savePng()}>Picture as PNG</MenuItem>}
        {hasPicture && <MenuItem onClick={saveSvg}>Picture as SVG</MenuItem>}
      </Menu>
    </span>
  );
}

const CHART = '[aria-roledescription="chart"]';

/** The legend that stands below the chart. */
function legendOf(chart: Element): LegendLine[] {
  const entries = chart.parentElement?.querySelectorAll('[data-legend]') ?? [];
  return [...entries].map((entry) => {
    const [swatch, name, amount] = entry.children;
    return {
      name: name?.textContent ?? '',
      amount: amount?.textContent ?? '',
      color: swatch ? getComputedStyle(swatch).backgroundColor : 'none',
    };
  });
}
