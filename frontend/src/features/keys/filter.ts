// Which keys the list shows, as parameters of the URL: `?status=active&name=search`.
import { type Search, valuesOf } from '../../lib/view';

export const STATUSES = ['active', 'expired', 'revoked'] as const;

export interface KeyFilter {
  status?: (typeof STATUSES)[number];
  /** Part of a name. */
  name: string;
}

export function parseKeyFilter(search: Search): KeyFilter {
  const [status] = valuesOf(search, 'status');
  const [name = ''] = valuesOf(search, 'name');
  return { status: STATUSES.find((one) => one === status), name };
}

export const writeKeyFilter = ({ status, name }: KeyFilter): Search => ({
  ...(status && { status }),
  ...(name && { name }),
});
