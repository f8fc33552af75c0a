// The form of a key as plain data: what it starts from, what is wrong with it, and the request it becomes.
import { toInstant, toLocal } from '../../lib/zone';
import type { ApiKey, KeyChanges, NewApiKey } from './queries';

export const SCOPES = [
  { value: 'chat', name: 'Chat', text: 'Send calls through /v1 and see their own limits.' },
  {
    value: 'usage:read',
    name: 'Read usage',
    text: 'Read spend, calls and limits; change nothing.',
  },
  { value: 'admin', name: 'Admin', text: 'Everything, including keys, limits and prices.' },
] as const;

export interface KeyDraft {
  name: string;
  /** Empty: all labels. */
  label: string;
  scopes: ApiKey['scopes'];
  /** Names or globs; none: all models. */
  models: string[];
  /** A wall clock in the reader's zone; empty: never. */
  expires: string;
}

export type DraftErrors = Partial<Record<keyof KeyDraft, string>>;

export const EMPTY_KEY: KeyDraft = {
  name: '',
  label: '',
  scopes: ['chat'],
  models: [],
  expires: '',
};

export const draftOfKey = (key: ApiKey, zone: string): KeyDraft => ({
  name: key.name,
  label: key.user_label ?? '',
  scopes: key.scopes,
  models: key.models ?? [],
  expires: key.expires_at ? wallClock(Date.parse(key.expires_at), zone) : '',
});

/** As `<input type="datetime-local">` has it. */
export const wallClock = (instant: number, zone: string) =>
  toLocal(instant, zone).padEnd(16, 'T00:00');

export function validateKey(draft: KeyDraft, before: KeyDraft, now: number, zone: string) {
  const errors: DraftErrors = {};
  if (!draft.name.trim()) errors.name = 'Enter a name.';
  if (draft.scopes.length === 0) errors.scopes = 'Choose at least one.';
  if (draft.expires !== before.expires && draft.expires !== '') {
    if (toInstant(draft.expires, zone) <= now) errors.expires = 'Choose a time in the future.';
  }
  return errors;
}

const expiryOf = (expires: string, zone: string) =>
  expires === '' ? null : new Date(toInstant(expires, zone)).toISOString();

export function toNewKey(draft: KeyDraft, zone: string): NewApiKey {
  return {
    name: draft.name.trim(),
    scopes: draft.scopes,
    ...(draft.label.trim() && { user_label: draft.label.trim() }),
    ...(draft.models.length > 0 && { models: draft.models }),
    ...(draft.expires && { expires_at: expiryOf(draft.expires, zone) }),
  };
}

/** Only what differs from the form's start: fields that nobody touched keep what somebody else saved. */
export function toKeyChanges(draft: KeyDraft, before: KeyDraft, zone: string): KeyChanges {
  const differs = (field: keyof KeyDraft) =>
    JSON.stringify(draft[field]) !== JSON.stringify(before[field]);
  return {
    ...(differs('name') && { name: draft.name.trim() }),
    ...(differs('scopes') && { scopes: draft.scopes }),
    ...(differs('models') && { models: draft.models.length > 0 ? draft.models : null }),
    ...(differs('expires') && { expires_at: expiryOf(draft.expires, zone) }),
  };
}

/** From the API's names of fields to those of the form. */
export const fromFieldErrors = (errors: Record<string, string>): DraftErrors => ({
  name: errors.name,
  label: errors.user_label,
  scopes: errors.scopes,
  models: errors.models,
  expires: errors.expires_at,
});

export const KEY_FIELDS: Readonly<Record<string, string>> = {
  user_label: 'label',
  expires_at: 'expires',
  last_used_at: 'last used',
  revoked_at: 'revoked',
  secret_prefix: 'secret begins with',
  retiring_secrets: 'old secrets',
};
