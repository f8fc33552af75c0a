// Which changes the page lists, as parameters of the URL: `?kind=limit&action=update&who=key_1&id=lim_1`.
import { type Search, valuesOf } from '../../lib/view';

export const KINDS = {
  key: 'Keys',
  limit: 'Limits',
  price: 'Prices',
  fee: 'Fees',
  upstream: 'Upstreams',
  route: 'Model routes',
} as const;
export const ACTIONS = {
  create: 'Created',
  update: 'Changed',
  delete: 'Deleted',
  rotate: 'Rotated',
  revoke: 'Revoked',
} as const;

export interface AuditFilter {
  kind?: keyof typeof KINDS;
  action?: keyof typeof ACTIONS;
  /** The key of the actor. */
  who?: string;
  /** One key, limit or price. */
  id?: string;
}

const isKeyOf = <T extends object>(known: T, name: string | undefined): name is string & keyof T =>
  name !== undefined && Object.hasOwn(known, name);

export function parseAudit(search: Search): AuditFilter {
  const [[kind], [action], [who], [id]] = ['kind', 'action', 'who', 'id'].map((name) =>
    valuesOf(search, name),
  ) as [string[], string[], string[], string[]];
  return {
    ...(isKeyOf(KINDS, kind) && { kind }),
    ...(isKeyOf(ACTIONS, action) && { action }),
    ...(who && { who }),
    ...(id && { id }),
  };
}

export const writeAudit = (filter: AuditFilter): Search => ({ ...filter });
