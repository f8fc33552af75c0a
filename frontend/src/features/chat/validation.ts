// What the form can tell before the API does. The API's word is the last.
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
    model: draft.model.trim() ? undefined : 'Choose or type a model.',
    prompt: draft.prompt.trim() ? undefined : 'Write a prompt.',
    providerKey: draft.providerKey.trim().startsWith('tm_')
      ? 'This is a Tokenmeter key. Leave the field empty to use the team’s provider key.'
      : undefined,
  };
  return Object.fromEntries(Object.entries(errors).filter(([, message]) => message));
}

function checkLabel(label: string): string | undefined {
  if (!label.trim()) return 'Say who the call is for.';
  if ([...label.trim()].length > LABEL_LENGTH) return `At most ${LABEL_LENGTH} characters.`;
  if (!LABEL_CHARACTERS.test(label)) return 'Only letters, digits, spaces and . _ @ : / + -';
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

/** The API's names of the fields, in the form's. */
export function fromFieldErrors(errors: Record<string, string>): DraftErrors {
  return {
    userLabel: errors.user_label,
    model: errors.model,
    prompt: errors.prompt,
    providerKey: errors.api_key,
  };
}
