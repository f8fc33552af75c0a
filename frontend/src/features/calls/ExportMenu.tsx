// Exports the calls of the view as a file.
import { Button } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import type { CallFilters } from '../../api/params';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import { Menu, MenuItem } from '../../ui/Menu';
import { useExport } from './useExport';

export function ExportMenu({ filters }: { filters: CallFilters }) {
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
