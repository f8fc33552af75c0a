// The dialog that the forms of a model route share: name, format, targets, errors, buttons.
import { NativeSelect, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { fieldErrors } from '../../api/errors';
import { FailureNotice } from '../../ui/FailureNotice';
import { FormDialog } from '../../ui/FormDialog';
import { newTarget, type RouteDraft, type RouteErrors, validateRoute } from './draft';
import classes from './ModelRoutes.module.css';
import { TargetRows } from './TargetRows';
import { FORBIDDEN } from './words';

/** The names of upstreams by the format that they speak. */
export type UpstreamNames = Readonly<Record<string, readonly string[]>>;

interface RouteDialogProps {
  title: string;
  submitText: string;
  draft: RouteDraft;
  upstreams: UpstreamNames;
  isFixed?: boolean;
  isSaving: boolean;
  error: Error | null;
  onChange: (change: Partial<RouteDraft>) => void;
  onSubmit: () => void;
  onClose: () => void;
  /** Above the fields. */
  children?: ReactNode;
}

export function RouteDialog(props: RouteDialogProps) {
  const { draft, upstreams, error, isSaving, isFixed = false } = props;
  const [found, setFound] = useState<RouteErrors>({});
  const serverErrors = fieldErrors(error);
  const targetsError = found.targets ?? serverErrors.targets;
  const isUnexplained = error !== null && Object.keys(serverErrors).length === 0;

  function submit() {
    const wrong = validateRoute(draft);
    setFound(wrong);
    if (Object.keys(wrong).length === 0) props.onSubmit();
  }

  function change(fields: Partial<RouteDraft>) {
    setFound({});
    props.onChange(fields);
  }

  return (
    <FormDialog
      title={props.title}
      submitText={props.submitText}
      isSaving={isSaving}
      onSubmit={submit}
      onClose={props.onClose}
    >
      {isUnexplained && <FailureNotice error={error} forbidden={FORBIDDEN} />}
      {props.children}
      <div className={classes.fields}>
        <TextInput
          label="Name"
          required
          disabled={isFixed}
          spellCheck={false}
          autoCapitalize="none"
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          description="What callers send as the model"
          value={draft.model}
          error={found.model ?? serverErrors.model}
          onChange={({ currentTarget: { value } }) => change({ model: value })}
        />
        <NativeSelect
          label="Format"
          disabled={isFixed}
          data={Object.keys(upstreams)}
          value={draft.wire}
          error={serverErrors.wire}
          onChange={({ currentTarget: { value } }) =>
            change({
              wire: value as RouteDraft['wire'],
              targets: [newTarget(upstreams[value]?.[0] ?? '')],
            })
          }
        />
      </div>
      <TargetRows
        targets={draft.targets}
        upstreams={upstreams[draft.wire] ?? []}
        errors={found.rows}
        onChange={(targets) => change({ targets })}
      />
      {targetsError && (
        <p role="alert" className={classes.error}>
          {targetsError}
        </p>
      )}
      <p className={classes.note}>
        The next target is tried if there is no connection, if no first byte has come within its
        seconds, or if the answer is 408, 409, 429 or 5xx. The call is billed once, at the price of
        the target that answered.
      </p>
    </FormDialog>
  );
}
