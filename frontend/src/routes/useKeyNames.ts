// Names of keys for pages that show ids of keys; readers who are no administrators see the end of the id.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { keysQuery } from '../api/usage';
import { useFrame } from '../features/frame/context';
import type { KeyNames } from '../lib/groups';
import { administers } from './pages';

export function useKeyNames(): KeyNames | undefined {
  const { me } = useFrame();
  const { data } = useQuery({ ...keysQuery, enabled: administers(me) });
  return useMemo(() => data && new Map(data.data.map(({ id, name }) => [id, name])), [data]);
}
