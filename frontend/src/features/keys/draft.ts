// The form of a key as plain data: its initial values, its validation, and the request body.
import { toInstant, toLocal } from '../../lib/zone';
import type { ApiKey, KeyChanges, NewApiKey } from './queries';

export const SCOPES = [
  {
    value: 'chat',
    name: 'Chat',
    text: 'Send calls through /v1 and read its own usage and limits.',
  },
  {
    value: 'usage:read',
    name: 'Read usage',
    text: 'Read spend, calls and limits, without changing anything.',
  },
  { value: 'admin', name: 'Admin', text: 'Everything, including keys, limits and prices.' },
] as const;

export interface KeyDraft {
  name: string;
  /** Empty for any label. */
  label: string;
  scopes: ApiKey['scopes'];
  /** Names or patterns such as `gpt-4o*`; empty for all models. */
  models: string[];
  /** Local time in the zone of the page; empty for never. */
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
  expires: key.expires_at ? localTime(Date.parse(key.expires_at), zone) : '',
});

/** The format of `<input type="datetime-local">`. */
export const localTime = (instant: number, zone: string) =>
  toLocal(instant, zone).padEnd(16, 'T00:00');

export function validateKey(draft: KeyDraft, before: KeyDraft, now: number, zone: string) {
  const errors: DraftErrors = {};
  if (!draft.name.trim()) errors.name = 'Enter a name.';
  if (draft.scopes.length === 0) errors.scopes = 'Choose at least one scope.';
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

/** Only edited fields, so that saving does not overwrite what others changed in the rest. */
export function toKeyChanges(draft: KeyDraft, before: KeyDraft, zone: string): KeyChanges {
  const isEdited = (field: keyof KeyDraft) =>
    JSON.stringify(draft[field]) !== JSON.stringify(before[field]);
  return {
    ...(isEdited('name') && { name: draft.name.trim() }),
    ...(isEdited('scopes') && { scopes: draft.scopes }),
    ...(isEdited('models') && { models: draft.models.length > 0 ? draft.models : null }),
    ...(isEdited('expires') && { expires_at: expiryOf(draft.expires, zone) }),
  };
}

/** Maps the API's field names to those of the form. */
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
  grace_seconds: 'old secret works for',
};
