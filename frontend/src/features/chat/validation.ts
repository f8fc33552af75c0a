// Checks that need no request. The API has the final say.
import type { ChatRequest } from './queries';

export interface ChatDraft {
  userLabel: string;
  model: string;
  prompt: string;
  providerKey: string;
}

export type DraftErrors = Partial<Record<keyof ChatDraft, string>>;

const LABEL_LENGTH = 128;
// Format characters are invisible, apart from the two joiners that shape letters and emoji.
const UNUSABLE_CHARACTERS = /[\p{Cc}\u2028\u2029]|(?![\u200c\u200d])\p{Cf}/u;

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

function checkLabel(text: string): string | undefined {
  const label = text.trim().normalize('NFC');
  if (!label) return 'Enter a user label.';
  if ([...label].length > LABEL_LENGTH) return `Use at most ${LABEL_LENGTH} characters.`;
  if (UNUSABLE_CHARACTERS.test(label)) return 'Remove control and invisible characters.';
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
