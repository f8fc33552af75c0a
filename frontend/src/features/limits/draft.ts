// The form of a limit as plain data: its initial values, its validation, and the request body.
import type { components } from '../../api/schema.gen';
import { parseUsd } from '../../lib/money';
import type { Metric, Mode, Period, Unbounded } from './words';

type Schemas = components['schemas'];
export type Limit = Schemas['Limit'];
export type NewLimit = Schemas['NewLimit'];
export type LimitChanges = Schemas['LimitChanges'];
type Subject = Schemas['LimitSubject'];

/** Whose usage is counted, as the form offers it. */
export const SUBJECTS = {
  global: 'everyone together',
  label: 'the label',
  'each-label': 'each label',
  key: 'the key',
  'each-key': 'each key',
  tag: 'the tag',
  'each-tag': 'each value of the tag',
} as const;

export type SubjectChoice = keyof typeof SUBJECTS;

export interface LimitDraft {
  subject: SubjectChoice;
  /** A label, the id of a key, `name=value`, or the name of a tag. */
  id: string;
  metric: Metric;
  window: Period;
  amount: string;
  zone: string;
  mode: Mode;
  unbounded: Unbounded;
}

export type DraftErrors = Partial<Record<keyof LimitDraft, string>>;

export const EMPTY_LIMIT: Omit<LimitDraft, 'zone'> = {
  subject: 'label',
  id: '',
  metric: 'usd',
  window: 'month',
  amount: '',
  mode: 'hard',
  unbounded: 'reserve',
};

export const needsId = (subject: SubjectChoice) =>
  subject === 'label' || subject === 'key' || subject === 'tag' || subject === 'each-tag';

export function subjectOf({ subject, id }: Pick<LimitDraft, 'subject' | 'id'>): Subject {
  const text = id.trim();
  switch (subject) {
    case 'global':
      return { kind: 'global' };
    case 'each-label':
      return { kind: 'label', id: '*' };
    case 'each-key':
      return { kind: 'key', id: '*' };
    case 'each-tag':
      return { kind: 'tag', id: `${text}=*` };
    default:
      return { kind: subject, id: text };
  }
}

export function choiceOf({ kind, id }: Subject): Pick<LimitDraft, 'subject' | 'id'> {
  if (kind === 'global') return { subject: 'global', id: '' };
  if (id === '*' && kind !== 'tag') return { subject: `each-${kind}`, id: '' };
  if (kind === 'tag' && id?.endsWith('=*')) return { subject: 'each-tag', id: id.slice(0, -2) };
  return { subject: kind, id: id ?? '' };
}

export const draftOfLimit = (limit: Limit): LimitDraft => ({
  ...choiceOf(limit.subject),
  metric: limit.metric,
  window: limit.window,
  amount: String(limit.amount),
  zone: limit.time_zone,
  mode: limit.mode,
  unbounded: limit.unbounded,
});

/** Whole units: pico-USD, tokens or calls. Undefined if the text is not a valid amount. */
export function unitsOf({ amount, metric }: Pick<LimitDraft, 'amount' | 'metric'>) {
  const text = withoutSeparators(amount);
  if (metric !== 'usd') return /^\d{1,15}$/.test(text) ? BigInt(text) : undefined;
  return /^\d{1,15}(\.\d{1,12})?$/.test(text) ? parseUsd(text) : undefined;
}

/** Accepts what people type: `$1,250.50`. */
const withoutSeparators = (amount: string) =>
  amount
    .trim()
    .replace(/^\$\s*/, '')
    .replace(/[,\s_]/g, '');

export function validateLimit(draft: LimitDraft): DraftErrors {
  const errors: DraftErrors = {};
  if (unitsOf(draft) === undefined) {
    errors.amount =
      draft.metric === 'usd' ? 'Enter an amount, such as 250.' : 'Enter a whole number.';
  }
  if (needsId(draft.subject) && !draft.id.trim()) {
    errors.id = `Choose ${SUBJECTS[draft.subject].replace('each value of ', '')}.`;
  }
  return errors;
}

/** Only hard limits on spend or tokens reserve an amount, so only they need an upper bound for each call. */
export const hasUnbounded = ({ mode, metric }: Pick<LimitDraft, 'mode' | 'metric'>) =>
  mode === 'hard' && (metric === 'usd' || metric === 'tokens');

const amountOf = (draft: LimitDraft) =>
  draft.metric === 'usd'
    ? withoutSeparators(draft.amount)
    : Number(withoutSeparators(draft.amount));

export function toNewLimit(draft: LimitDraft): NewLimit {
  const { metric, window, mode, zone, unbounded } = draft;
  return {
    subject: subjectOf(draft),
    metric,
    ...(metric !== 'concurrency' && { window }),
    amount: amountOf(draft),
    mode,
    time_zone: zone,
    unbounded: hasUnbounded(draft) ? unbounded : 'reserve',
  };
}

/** Only edited fields. The subject, metric and window of a limit cannot be changed. */
export function toLimitChanges(draft: LimitDraft, before: LimitDraft): LimitChanges {
  return {
    ...(unitsOf(draft) !== unitsOf(before) && { amount: amountOf(draft) }),
    ...(draft.mode !== before.mode && { mode: draft.mode }),
    ...(draft.unbounded !== before.unbounded && { unbounded: draft.unbounded }),
  };
}

/** Maps the API's field names to those of the form. */
export const fromFieldErrors = (errors: Record<string, string>): DraftErrors => ({
  subject: errors['subject.kind'] ?? errors.subject,
  id: errors['subject.id'],
  metric: errors.metric,
  window: errors.window,
  amount: errors.amount,
  zone: errors.time_zone,
  mode: errors.mode,
  unbounded: errors.unbounded,
});
