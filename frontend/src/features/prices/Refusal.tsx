// Why a correction was refused, where that is no fault of the form.
import { Alert } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import classes from './Prices.module.css';

export function Refusal({ title, text }: { title: string; text: string }) {
  return (
    <Alert
      role="alert"
      color="yellow"
      variant="light"
      icon={<IconAlertTriangle size={18} aria-hidden="true" />}
      title={title}
      classNames={{ title: classes.warnTitle, icon: classes.warnIcon }}
    >
      <p className={classes.note}>{text}</p>
    </Alert>
  );
}
