// Checks that need no request. The API has the final say.
import type { ChatRequest } from './queries';

export interface ChatDraft {
  userLabel: string;
  model: string;
  prompt: string;
  providerKey: string;
}

export type DraftErrors = Partial<Record<keyof ChatDraft, string>>;

const LABEL_CHARACTERS = /^[\p{L}\p{N}._@:/+\- ]*$/u;
const LABEL_LENGTH = 128;

export function validateDraft(draft: ChatDraft): DraftErrors {
  const errors: DraftErrors = {
    userLabel: checkLabel(draft.userLabel),
    model: draft.model.trim() ? undefined : 'Choose or enter a model.',
    prompt: draft.prompt.trim() ? undefined : 'Enter a prompt.',
    providerKey: draft.providerKey.trim().startsWith('tm_')
      ? 'This is a Tokenmeter key. Leave the field empty to use the deployment’s provider key.'
      : undefined,
  };
  return Object.fromEntries(Object.entries(errors).filter(([, message]) => message));
}

function checkLabel(label: string): string | undefined {
  if (!label.trim()) return 'Enter a user label.';
  if ([...label.trim()].length > LABEL_LENGTH) return `Use at most ${LABEL_LENGTH} characters.`;
  if (!LABEL_CHARACTERS.test(label)) return 'Use only letters, digits, spaces and . _ @ : / + -';
  return undefined;
}

export function toRequest(draft: ChatDraft): ChatRequest {
  const providerKey = draft.providerKey.trim();
  return {
    user_label: draft.userLabel.trim(),
    model: draft.model.trim(),
    prompt: draft.prompt,
    ...(providerKey && { api_key: providerKey }),
  };
}

/** Maps the API's field names to those of the form. */
export function fromFieldErrors(errors: Record<string, string>): DraftErrors {
  return {
    userLabel: errors.user_label,
    model: errors.model,
    prompt: errors.prompt,
    providerKey: errors.api_key,
  };
}
