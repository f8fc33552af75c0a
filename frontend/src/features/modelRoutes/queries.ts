// Model routes: the list, one with its version, and the changes of it.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap, unwrapEmpty, unwrapVersioned, type Versioned } from '../../api/client';
import type { components } from '../../api/schema.gen';

type Schemas = components['schemas'];
export type ModelRoute = Schemas['ModelRoute'];
export type NewModelRoute = Schemas['NewModelRoute'];
export type ModelRouteChanges = Schemas['ModelRouteChanges'];

/** Prefix of all queries about model routes. */
export const routesKey = ['model-routes'] as const;

export const routesQuery = queryOptions({
  queryKey: [...routesKey, 'all'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/model-routes', { signal })),
  select: ({ data }) => data,
});

const atId = (id: string) => ({ path: { id } });

export const readRoute = (id: string): Promise<Versioned<ModelRoute>> =>
  unwrapVersioned(api.GET('/api/model-routes/{id}', { params: atId(id) }));

export const createRoute = (body: NewModelRoute): Promise<ModelRoute> =>
  unwrap(api.POST('/api/model-routes', { body }));

const atVersion = ({ value, etag }: Versioned<ModelRoute>) => ({
  ...atId(value.id),
  header: { 'If-Match': etag },
});

export const updateRoute = (
  body: ModelRouteChanges,
  version: Versioned<ModelRoute>,
): Promise<ModelRoute> =>
  unwrap(api.PATCH('/api/model-routes/{id}', { params: atVersion(version), body }));

export const deleteRoute = (version: Versioned<ModelRoute>): Promise<void> =>
  unwrapEmpty(api.DELETE('/api/model-routes/{id}', { params: atVersion(version) }));
