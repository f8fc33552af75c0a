// Under the table: whether it adds up, the request as curl, the rows as CSV.
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { summaryParams } from '../../api/params';
import { useAsOf } from '../../lib/clock';
import { curlOf } from '../../lib/curl';
import { saveText } from '../../lib/download';
import { EXPORT_SHORTCUT } from '../../lib/exportShortcut';
import { formatNumberOf } from '../../lib/format';
import type { KeyNames } from '../../lib/groups';
import { exportName } from '../../lib/usageCsv';
import { useShortcuts } from '../../lib/useShortcuts';
import { useView } from '../../lib/useView';
import { CopyButton } from '../../ui/CopyButton';
import classes from './Explore.module.css';
import { tableCsv } from './exports';
import { agrees, exploreRows } from './rows';
import type { ExploreState } from './state';
import { hasDetails, type useExploreRows } from './useExplore';
import { useComparison } from './WhyButton';

interface TableFooterProps {
  rows: ReturnType<typeof useExploreRows>;
  state: ExploreState;
  keys: KeyNames | undefined;
  holdsNow: boolean;
}

export function TableFooter({ rows, state, keys, holdsNow }: TableFooterProps) {
  const [view, asOf] = [useView(), useAsOf()];
  useShortcuts(EXPORT_SHORTCUT);
  const { by, metric } = state;
  const data = rows.now.data ?? [];
  const query = summaryParams(view, asOf, { by: [by], details: hasDetails(metric) });
  const caption = useComparison();
  function download() {
    const facts = { tz: view.tz, from: query.from, to: query.to, cost: view.cost };
    const table = exploreRows(data, { by, before: rows.before, keys });
    saveText(exportName(metric, by, facts), 'text/csv', tableCsv(table, by, facts));
  }
  return (
    <>
      <span>
        {formatNumberOf(data.length, 'row')}
        {caption && ` · ${caption}`}
        {/* Last: it changes while figures arrive, and nothing beside it may move. */}
        {' · '}
        <Agreement rows={rows} holdsNow={holdsNow} />
      </span>
      <span className={classes.tools}>
        <CopyButton
          labelled
          label="Copy as curl"
          value={() => curlOf(location.origin, '/api/usage/summary', query)}
        />
        <Button
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden="true" />}
          data-shortcut="x"
          onClick={download}
        >
          Download CSV
        </Button>
      </span>
    </>
  );
}

/** The rows must add up to the total of a request of its own. While calls arrive the two may differ by the newest. */
function Agreement({ rows, holdsNow }: Pick<TableFooterProps, 'rows' | 'holdsNow'>) {
  if (!rows.now.data || !rows.total || rows.now.isFetching) return 'exact';
  if (agrees(rows.now.data, rows.total)) return 'exact, adds up to the total';
  if (holdsNow) return 'exact, calls are arriving';
  return (
    <strong className={classes.differs} role="alert">
      Totals differ. Reload the page; if they still differ, report it.
    </strong>
  );
}
