// The form's state and its validation before sending. The API validates again.
import type { ChatInput } from './stream';

export interface Draft {
  label: string;
  model: string;
  prompt: string;
  system: string;
  maxOutput: string;
  tags: string;
  providerKey: string;
}

export type DraftErrors = Partial<Record<keyof Draft, string>>;

export const EMPTY: Draft = {
  label: '',
  model: 'gpt-4o-mini',
  prompt: '',
  system: '',
  maxOutput: '',
  tags: '',
  providerKey: '',
};

const LABEL_LENGTH = 128;
const TAG_LENGTH = 64;
const MAX_TAGS = 7;
// Format characters are invisible, apart from the two joiners that shape letters and emoji.
const UNUSABLE_CHARACTERS = /[\p{Cc}\u2028\u2029]|(?![\u200c\u200d])\p{Cf}/u;

export function validateDraft(draft: Draft): DraftErrors {
  const errors: DraftErrors = {
    label: checkLabel(draft.label),
    model: draft.model.trim() ? undefined : 'Choose or enter a model.',
    prompt: draft.prompt.trim() ? undefined : 'Enter a prompt.',
    maxOutput: /^[1-9]\d{0,8}$|^$/.test(draft.maxOutput.trim())
      ? undefined
      : 'Enter a whole number of tokens, or leave it empty.',
    tags: checkTags(draft.tags),
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

const tagsOf = (text: string) =>
  text
    .split(',')
    .map((tag) => tag.trim())
    .filter(Boolean);

function checkTags(text: string): string | undefined {
  const tags = tagsOf(text);
  if (tags.length > MAX_TAGS) return `Use at most ${MAX_TAGS} tags.`;
  const wrong = tags.find((tag) => {
    const [name = '', ...value] = tag.split('=');
    const parts = [name, value.join('=')];
    return parts.some((part) => part.trim() === '' || [...part].length > TAG_LENGTH);
  });
  return wrong === undefined ? undefined : `Write “${wrong}” as name=value, 64 characters each.`;
}

export function toInput(draft: Draft): ChatInput {
  return {
    label: draft.label.trim().normalize('NFC'),
    model: draft.model.trim(),
    prompt: draft.prompt,
    system: draft.system.trim() ? draft.system : undefined,
    maxOutput: draft.maxOutput.trim() ? Number(draft.maxOutput) : undefined,
    tags: ['source=playground', ...tagsOf(draft.tags)],
    providerKey: draft.providerKey.trim() || undefined,
  };
}
