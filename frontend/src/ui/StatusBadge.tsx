// A state in one word, with a shape beside the colour.
import {
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconCircleXFilled,
  IconClockFilled,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './StatusBadge.module.css';

export type Tone = 'ok' | 'warn' | 'bad' | 'pending' | 'neutral';

const ICONS = {
  ok: IconCircleCheckFilled,
  warn: IconAlertTriangleFilled,
  bad: IconCircleXFilled,
  pending: IconClockFilled,
  neutral: IconCircleDashed,
} satisfies Record<Tone, unknown>;

interface StatusBadgeProps {
  tone: Tone;
  /** A longer explanation, shown on hover and read by screen readers. */
  title?: string;
  children: ReactNode;
}

export function StatusBadge({ tone, title, children }: StatusBadgeProps) {
  const Icon = ICONS[tone];
  return (
    <span className={classes.badge} data-tone={tone} title={title}>
      <Icon size={13} aria-hidden="true" />
      {children}
    </span>
  );
}
