// Exports the calls of the view as a file, with progress and a way to stop.
import { Button } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import type { CallStatus } from '../../api/params';
import { formatCount } from '../../lib/format';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import { Menu, MenuItem } from '../../ui/Menu';
import classes from './ExportMenu.module.css';
import { BrokenExport } from './exportCalls';
import { useExport } from './useExport';

export function ExportMenu({ status }: { status: readonly CallStatus[] }) {
  const { state, start, stop, reset } = useExport(status);
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
        <MenuItem onClick={() => void start('csv')}>CSV, for spreadsheets</MenuItem>
        <MenuItem onClick={() => void start('ndjson')}>NDJSON, one call per line</MenuItem>
      </Menu>
      {state.kind === 'running' && (
        <Dialog
          title="Exporting calls"
          size="sm"
          onClose={stop}
          footer={
            <Button variant="default" onClick={stop}>
              Stop
            </Button>
          }
        >
          <p className={classes.progress} role="status">
            {formatCount(state.rows)} calls so far
          </p>
          {state.isLarge && (
            <p className={classes.note}>
              This browser holds the whole file in memory until it is complete.
            </p>
          )}
        </Dialog>
      )}
      {state.kind === 'failed' && (
        <Dialog
          title="The export stopped"
          size="sm"
          onClose={reset}
          footer={<Button onClick={() => void start(state.format)}>Retry</Button>}
        >
          {state.error instanceof BrokenExport ? (
            <p className={classes.progress}>
              The export stopped half-way. Keep nothing of it. {state.error.message}
            </p>
          ) : (
            <FailureNotice error={state.error} forbidden="This key may not export calls." />
          )}
        </Dialog>
      )}
    </>
  );
}
