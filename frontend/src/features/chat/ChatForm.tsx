// The form for one call. Its input, above all the provider key, lives only in this component.
import { Autocomplete, Button, PasswordInput, Textarea } from '@mantine/core';
import { IconSend2 } from '@tabler/icons-react';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import classes from './ChatForm.module.css';
import type { ChatRequest } from './queries';
import { type ChatDraft, type DraftErrors, toRequest, validateDraft } from './validation';

interface ChatFormProps {
  models: string[];
  labels: string[];
  isSending: boolean;
  serverErrors: DraftErrors;
  onSend: (request: ChatRequest) => void;
}

const EMPTY: ChatDraft = { userLabel: '', model: 'gpt-4o-mini', prompt: '', providerKey: '' };

export function ChatForm({ models, labels, isSending, serverErrors, onSend }: ChatFormProps) {
  const [draft, setDraft] = useState(EMPTY);
  const [draftErrors, setDraftErrors] = useState<DraftErrors>({});
  const errors = { ...serverErrors, ...draftErrors };

  const set = (field: keyof ChatDraft) => (value: string) => {
    setDraft((current) => ({ ...current, [field]: value }));
    setDraftErrors((current) => ({ ...current, [field]: undefined }));
  };
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    const found = validateDraft(draft);
    setDraftErrors(found);
    if (Object.keys(found).length === 0 && !isSending) onSend(toRequest(draft));
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
          data={labels}
          limit={8}
          value={draft.userLabel}
          onChange={set('userLabel')}
          error={errors.userLabel}
        />
        <Autocomplete
          label="Model"
          data={models}
          limit={8}
          value={draft.model}
          onChange={set('model')}
          error={errors.model}
        />
      </div>
      <Textarea
        label="Prompt"
        placeholder="Enter a prompt"
        autosize
        minRows={3}
        maxRows={10}
        value={draft.prompt}
        onChange={(event) => set('prompt')(event.currentTarget.value)}
        onKeyDown={sendByKeyboard}
        error={errors.prompt}
      />
      <PasswordInput
        label="Your own provider key"
        description="Optional. Used for this call only and never stored."
        placeholder="sk-…"
        autoComplete="off"
        data-1p-ignore
        data-lpignore="true"
        spellCheck={false}
        value={draft.providerKey}
        onChange={(event) => set('providerKey')(event.currentTarget.value)}
        error={errors.providerKey}
      />
      <div className={classes.actions}>
        <Button
          type="submit"
          loading={isSending}
          rightSection={<IconSend2 size={16} aria-hidden="true" />}
        >
          Send chat
        </Button>
        <span className={classes.hint}>
          or <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </span>
      </div>
    </form>
  );
}
