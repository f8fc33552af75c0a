// The form for one call. Its input, above all the provider key, lives only in this component.
import { Autocomplete, Button, Textarea, TextInput } from '@mantine/core';
import { IconPlayerStopFilled, IconSend2 } from '@tabler/icons-react';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import { SecretField } from '../../ui/SecretField';
import { type Draft, type DraftErrors, EMPTY, toInput, validateDraft } from './draft';
import classes from './RequestForm.module.css';
import type { ChatInput } from './stream';

interface RequestFormProps {
  models: string[];
  labels: string[];
  /** The label of a key that has one of its own. */
  boundLabel: string | null;
  acceptsProviderKeys: boolean;
  isRunning: boolean;
  onSend: (input: ChatInput) => void;
  onStop: () => void;
  /** For snippets beside the form. */
  onChange: (draft: Draft) => void;
}

export function RequestForm(props: RequestFormProps) {
  const { boundLabel, isRunning, onSend, onStop } = props;
  const [draft, setDraft] = useState<Draft>({ ...EMPTY, label: boundLabel ?? '' });
  const [errors, setErrors] = useState<DraftErrors>({});

  const set = (field: keyof Draft) => (value: string) => {
    const next = { ...draft, [field]: value };
    setDraft(next);
    setErrors((current) => ({ ...current, [field]: undefined }));
    props.onChange(next);
  };
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    const found = validateDraft(draft);
    setErrors(found);
    if (Object.keys(found).length === 0 && !isRunning) onSend(toInput(draft));
  };
  const sendByKeyboard = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send();
  };

  return (
    <form className={classes.form} aria-label="Send a chat" onSubmit={send} noValidate>
      <div className={classes.pair}>
        <Autocomplete
          label="User label"
          placeholder="team/search"
          data={props.labels}
          limit={8}
          disabled={boundLabel !== null}
          comboboxProps={{ withinPortal: false }}
          value={draft.label}
          onChange={set('label')}
          error={errors.label}
        />
        <Autocomplete
          label="Model"
          data={props.models}
          limit={8}
          comboboxProps={{ withinPortal: false }}
          value={draft.model}
          onChange={set('model')}
          error={errors.model}
        />
      </div>
      <Textarea
        label="Prompt"
        placeholder="Enter a prompt"
        autosize
        minRows={4}
        maxRows={14}
        value={draft.prompt}
        onChange={(event) => set('prompt')(event.currentTarget.value)}
        onKeyDown={sendByKeyboard}
        error={errors.prompt}
      />
      <details className={classes.more} open={hasErrors(errors, ['maxOutput', 'tags'])}>
        <summary>System prompt, maximum output and tags</summary>
        <div className={classes.fields}>
          <Textarea
            label="System prompt"
            autosize
            minRows={2}
            maxRows={8}
            value={draft.system}
            onChange={(event) => set('system')(event.currentTarget.value)}
          />
          <div className={classes.pair}>
            <TextInput
              label="Maximum output tokens"
              placeholder="model’s maximum"
              inputMode="numeric"
              value={draft.maxOutput}
              onChange={(event) => set('maxOutput')(event.currentTarget.value)}
              error={errors.maxOutput}
            />
            <TextInput
              label="Tags"
              placeholder="team=search, env=dev"
              value={draft.tags}
              onChange={(event) => set('tags')(event.currentTarget.value)}
              error={errors.tags}
            />
          </div>
        </div>
      </details>
      {props.acceptsProviderKeys && (
        <details className={classes.more} open={hasErrors(errors, ['providerKey'])}>
          <summary>Your own provider key</summary>
          <div className={classes.fields}>
            <SecretField
              label="Provider key"
              description="Used for this call only and never stored. The call counts under the label and is paid by your key."
              placeholder="sk-…"
              data-1p-ignore
              data-lpignore="true"
              value={draft.providerKey}
              onChange={set('providerKey')}
              error={errors.providerKey}
            />
          </div>
        </details>
      )}
      <div className={classes.actions}>
        {isRunning ? (
          <Button
            variant="default"
            leftSection={<IconPlayerStopFilled size={14} aria-hidden="true" />}
            onClick={onStop}
          >
            Stop
          </Button>
        ) : (
          <Button type="submit" rightSection={<IconSend2 size={16} aria-hidden="true" />}>
            Send chat
          </Button>
        )}
        <span className={classes.hint}>
          or <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </span>
      </div>
    </form>
  );
}

/** Undefined leaves the section as the reader has it. */
const hasErrors = (errors: DraftErrors, fields: (keyof Draft)[]): true | undefined =>
  fields.some((field) => errors[field]) || undefined;
