// Exports the calls of the view as a file.
import { Button } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type CallFilters, totalsParams } from '../../api/params';
import { summaryQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { formatCount } from '../../lib/format';
import { useView } from '../../lib/useView';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import { Menu, MenuItem, MenuLabel } from '../../ui/Menu';
import { useExport } from './useExport';

export function ExportMenu({ filters }: { filters: CallFilters }) {
  const calls = useTotalCalls();
  const { mutate, error, variables: format = 'csv', reset } = useExport(filters);
  return (
    <>
      <Menu
        label="Export"
        position="bottom-end"
        width={240}
        button={(props) => (
          <Button
            {...props}
            size="xs"
            variant="default"
            data-shortcut="x"
            rightSection={<IconChevronDown size={14} aria-hidden="true" />}
          >
            Export
          </Button>
        )}
      >
        {calls !== undefined && calls > LARGE && (
          <MenuLabel>{formatCount(calls)} calls: this takes a while</MenuLabel>
        )}
        <MenuItem onClick={() => mutate('csv')}>CSV, for spreadsheets</MenuItem>
        <MenuItem onClick={() => mutate('ndjson')}>NDJSON, one call per line</MenuItem>
      </Menu>
      {error && (
        <Dialog
          title="The export could not start"
          size="sm"
          onClose={reset}
          footer={<Button onClick={() => mutate(format)}>Retry</Button>}
        >
          <FailureNotice error={error} forbidden="This key may not export calls." />
        </Dialog>
      )}
    </>
  );
}

/** Rows from which on a download is no matter of seconds. */
const LARGE = 200_000;

/** The calls of the view, as the page has asked for them already. */
function useTotalCalls(): number | undefined {
  const { data } = useQuery(summaryQuery(totalsParams(useView(), useAsOf())));
  return data?.[0]?.calls;
}
