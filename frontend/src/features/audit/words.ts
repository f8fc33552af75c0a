// An entry as a sentence: `local admin changed limit checkout-bot · month`.
import type { AuditEntry } from './queries';

export const FORBIDDEN = 'Reading changes needs the admin scope.';

type Fields = Readonly<Record<string, unknown>>;

const VERBS: Readonly<Record<string, string>> = {
  create: 'created',
  update: 'changed',
  delete: 'deleted',
  rotate: 'rotated',
  revoke: 'revoked',
};

export const verbOf = (action: string) => VERBS[action] ?? action;

/** What most entries of a kind are called by; the id where an entry has no name. */
export function subjectOf(
  { before, after, subject_kind: kind, subject_id: id }: AuditEntry,
  keys?: ReadonlyMap<string, string>,
) {
  const fields: Fields = { ...before, ...after };
  const text = (name: string) => (typeof fields[name] === 'string' ? String(fields[name]) : '');
  if (kind === 'key') return text('name') || (keys?.get(id) ?? `…${id.slice(-6)}`);
  if (kind === 'price') {
    const tier = text('service_tier');
    return [text('model') || `#${id}`, tier !== 'default' && tier].filter(Boolean).join(' · ');
  }
  if (kind === 'fee') return [text('tool') || `#${id}`, text('model')].filter(Boolean).join(' · ');
  if (kind === 'route') return text('model') || `…${id.slice(-6)}`;
  if (kind !== 'limit') return id;
  return [limitSubject(fields.subject) || `…${id.slice(-6)}`, text('window')]
    .filter(Boolean)
    .join(' · ');
}

function limitSubject(subject: unknown): string {
  if (typeof subject !== 'object' || subject === null || !('kind' in subject)) return '';
  const { kind, id } = subject as { kind: unknown; id?: unknown };
  if (kind === 'global') return 'everyone';
  return id === '*' ? `each ${String(kind)}` : String(id ?? kind);
}

/** The page of a subject that is still there. */
export function pathOf({ action, subject_kind: kind, subject_id: id, ...entry }: AuditEntry) {
  if (kind === 'key') return `/keys/${id}`;
  if (kind === 'limit') return action === 'delete' ? undefined : `/limits/${id}`;
  if (kind === 'upstream' || kind === 'route') {
    return action === 'delete' ? undefined : '/upstreams';
  }
  const { model } = { ...entry.before, ...entry.after } as Fields;
  return kind === 'price' && typeof model === 'string'
    ? `/prices/${encodeURIComponent(model)}`
    : undefined;
}

/** Already in the sentence. */
const IN_SENTENCE = new Set(['subject', 'model', 'tool', 'name', 'window', 'service_tier']);

/** The API sorts the fields of an entry by their length. */
const ORDER = ['amount', 'metric', 'mode', 'input', 'cached_input', 'cache_write', 'output'];
const placeOf = (field: string) => (ORDER.includes(field) ? ORDER.indexOf(field) : ORDER.length);

const isWorthShowing = (field: string, value: unknown): boolean =>
  value !== null && !IN_SENTENCE.has(field) && !(field === 'above_input_tokens' && value === 0);

/** Updates show what differs; creations and deletions the fields with a value. */
export function shownFields({ before, after }: AuditEntry): { before: Fields; after: Fields } {
  const shown = (fields: Fields | null, other: Fields | null): Fields =>
    other
      ? (fields ?? {})
      : Object.fromEntries(
          Object.entries(fields ?? {})
            .filter(([name, value]) => isWorthShowing(name, value))
            .sort(([left], [right]) => placeOf(left) - placeOf(right)),
        );
  return { before: shown(before, after), after: shown(after, before) };
}

export const FIELD_NAMES: Readonly<Record<string, string>> = {
  user_label: 'label',
  expires_at: 'expires',
  revoked_at: 'revoked',
  secret_prefix: 'secret begins with',
  grace_seconds: 'old secret works for',
  unbounded: 'calls without a maximum of output tokens',
  revision_id: 'correction',
  above_input_tokens: 'above input tokens',
  effective_from: 'in effect from',
  cost_usd: 'USD for one use',
  max_cost_usd: 'USD for one use at most',
  max_result_tokens: 'tokens of a result at most',
  wire: 'format',
  base_url: 'server',
  auth: 'key header',
  region: 'region',
  secret_arn: 'secret',
  price_provider: 'prices of',
  adds_stream_options: 'asks streams for their usage',
  output_bound_member: 'member that bounds the output',
  models: 'deployments',
};
