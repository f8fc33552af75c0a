// Upstreams: the list, one with its version, and the changes of it.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap, unwrapEmpty, unwrapVersioned, type Versioned } from '../../api/client';
import type { components } from '../../api/schema.gen';

type Schemas = components['schemas'];
export type Upstream = Schemas['Upstream'];
export type NewUpstream = Schemas['NewUpstream'];
export type UpstreamChanges = Schemas['UpstreamChanges'];

/** Prefix of all queries about upstreams. */
export const upstreamsKey = ['upstreams'] as const;

export const upstreamsQuery = queryOptions({
  queryKey: [...upstreamsKey, 'all'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/upstreams', { signal })),
  select: ({ data }) => data,
});

const called = (name: string) => ({ path: { name } });

export const readUpstream = (name: string): Promise<Versioned<Upstream>> =>
  unwrapVersioned(api.GET('/api/upstreams/{name}', { params: called(name) }));

export const createUpstream = (body: NewUpstream): Promise<Upstream> =>
  unwrap(api.POST('/api/upstreams', { body }));

const atVersion = ({ value, etag }: Versioned<Upstream>) => ({
  ...called(value.name),
  header: { 'If-Match': etag },
});

export const updateUpstream = (
  body: UpstreamChanges,
  version: Versioned<Upstream>,
): Promise<Upstream> =>
  unwrap(api.PATCH('/api/upstreams/{name}', { params: atVersion(version), body }));

export const deleteUpstream = (version: Versioned<Upstream>): Promise<void> =>
  unwrapEmpty(api.DELETE('/api/upstreams/{name}', { params: atVersion(version) }));
