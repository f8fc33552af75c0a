// The controls in a row; on phones one button that opens them: `Spend by model per day`.
import { Button } from '@mantine/core';
import { IconAdjustments } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import type { Dim } from '../../api/params';
import { dimName } from '../../lib/groups';
import { METRICS } from '../../lib/metrics';
import { type Interval, intervalName } from '../../lib/range';
import { Dialog } from '../../ui/Dialog';
import type { ExploreState } from './state';

interface ControlBarProps {
  state: ExploreState;
  interval: Interval | undefined;
  controls: ReactNode;
  isPhone: boolean;
}

/** Names of tags keep their case. */
const inSentence = (dim: Dim) => dimName(dim).replace(/^./, (letter) => letter.toLowerCase());

export function ControlBar({ state, interval, controls, isPhone }: ControlBarProps) {
  const [isOpen, setOpen] = useState(false);
  if (!isPhone) return controls;
  const { metric, by, sub } = state;
  const name = [METRICS[metric], 'by', inSentence(by), sub && `then ${inSentence(sub)}`]
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
        {interval && ` per ${intervalName(interval)}`}
      </Button>
      {isOpen && (
        <Dialog
          title="Chart and table"
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
