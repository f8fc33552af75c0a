// A dialog around one form: a button that submits it, and one that gives up.
import { Button } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { Dialog } from './Dialog';
import classes from './FormDialog.module.css';

interface FormDialogProps {
  title: string;
  submitText: string;
  isSaving: boolean;
  /** Not called again while a submission is under way. */
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function FormDialog(props: FormDialogProps) {
  const { title, submitText, isSaving, onSubmit, onClose, children } = props;
  const formId = useId();
  return (
    <Dialog
      title={title}
      size="lg"
      fullScreen
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={formId} loading={isSaving}>
            {submitText}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className={classes.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!isSaving) onSubmit();
        }}
      >
        {children}
      </form>
    </Dialog>
  );
}
