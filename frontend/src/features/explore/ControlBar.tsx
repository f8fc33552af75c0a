// The controls in a row; on phones one button that opens them: "Spend by Model, day".
import { Button } from '@mantine/core';
import { IconAdjustments } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { dimName } from '../../lib/groups';
import { METRICS } from '../../lib/metrics';
import type { Interval } from '../../lib/range';
import { Dialog } from '../../ui/Dialog';
import type { ExploreState } from './state';

interface ControlBarProps {
  state: ExploreState;
  interval: Interval | undefined;
  controls: ReactNode;
  isPhone: boolean;
}

export function ControlBar({ state, interval, controls, isPhone }: ControlBarProps) {
  const [isOpen, setOpen] = useState(false);
  if (!isPhone) return controls;
  const { metric, by, sub } = state;
  const name = [METRICS[metric], 'by', dimName(by), sub && `then ${dimName(sub)}`]
    .filter(Boolean)
    .join(' ');
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconAdjustments size={15} aria-hidden="true" />}
        onClick={() => setOpen(true)}
      >
        {name}
        {interval && `, ${interval}`}
      </Button>
      {isOpen && (
        <Dialog
          title="What to show"
          size="sm"
          dismissable
          onClose={() => setOpen(false)}
          footer={
            <Button size="sm" onClick={() => setOpen(false)}>
              Show
            </Button>
          }
        >
          {controls}
        </Dialog>
      )}
    </>
  );
}
