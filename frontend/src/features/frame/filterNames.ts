// Names of filter fields, and of keys where they are known.
import { useQuery } from '@tanstack/react-query';
import { keysQuery } from '../../api/usage';
import type { FilterField } from '../../lib/view';
import { useFrame } from './context';

export const fieldName = (field: FilterField): string =>
  field.startsWith('tag.') ? field.slice('tag.'.length) : field;

/** Names come from the list of keys, which only administrators may read; others see the end of the id. */
export function useKeyName(): (id: string) => string {
  const { me } = useFrame();
  const isAdmin = me.scopes.includes('admin');
  const { data } = useQuery({ ...keysQuery, enabled: isAdmin });
  return (id) => {
    if (id === me.key_id) return me.name;
    return data?.data.find((key) => key.id === id)?.name ?? `…${id.slice(-6)}`;
  };
}
