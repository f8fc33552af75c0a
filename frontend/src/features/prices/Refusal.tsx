// Why a correction was refused, where that is no fault of the form.
import { IconAlertTriangle } from '@tabler/icons-react';
import { Notice } from '../../ui/Notice';
import classes from './Prices.module.css';

export function Refusal({ title, text }: { title: string; text: string }) {
  return (
    <Notice tone="warn" icon={<IconAlertTriangle size={18} aria-hidden="true" />} title={title}>
      <p className={classes.note}>{text}</p>
    </Notice>
  );
}
