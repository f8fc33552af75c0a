// API keys: the list, one key with its version, and the changes of a key.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, unwrap, unwrapEmpty, unwrapVersioned, type Versioned } from '../../api/client';
import type { components } from '../../api/schema.gen';
import type { KeyFilter } from './filter';

type Schemas = components['schemas'];
export type ApiKey = Schemas['ApiKey'];
export type NewApiKey = Schemas['NewApiKey'];
export type KeyChanges = Schemas['KeyChanges'];
export type IssuedKey = Schemas['IssuedKey'];

const PAGE = 200;

/** Prefix of all queries about keys. */
export const keysKey = ['keys'] as const;

export const keyPagesQuery = ({ status, name }: KeyFilter) =>
  infiniteQueryOptions({
    queryKey: [...keysKey, 'pages', status, name],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/keys', {
          params: { query: { limit: PAGE, status, ...(name && { name }), ...pageParam } },
          signal,
        }),
      ),
    initialPageParam: {} as { cursor?: string },
    getNextPageParam: ({ next_cursor: cursor }) => (cursor ? { cursor } : undefined),
    placeholderData: (previous) => previous,
  });

const atId = (id: string) => ({ path: { id } });

export const readKey = (id: string, signal?: AbortSignal): Promise<Versioned<ApiKey>> =>
  unwrapVersioned(api.GET('/api/keys/{id}', { params: atId(id), signal }));

export const keyQuery = (id: string) =>
  queryOptions({
    queryKey: [...keysKey, 'one', id],
    queryFn: ({ signal }) => readKey(id, signal),
  });

/** Repeated with the same idempotency key, it returns the same secret. */
export const createKey = (body: NewApiKey, idempotencyKey: string): Promise<IssuedKey> =>
  unwrap(
    api.POST('/api/keys', { params: { header: { 'Idempotency-Key': idempotencyKey } }, body }),
  );

export const updateKey = (body: KeyChanges, { value, etag }: Versioned<ApiKey>): Promise<ApiKey> =>
  unwrap(
    api.PATCH('/api/keys/{id}', {
      params: { ...atId(value.id), header: { 'If-Match': etag } },
      body,
    }),
  );

interface RotateInput {
  graceSeconds: number;
  idempotencyKey: string;
}

export const rotateKey = (
  { graceSeconds, idempotencyKey }: RotateInput,
  { value, etag }: Versioned<ApiKey>,
): Promise<IssuedKey> =>
  unwrap(
    api.POST('/api/keys/{id}/rotate', {
      params: {
        ...atId(value.id),
        header: { 'If-Match': etag, 'Idempotency-Key': idempotencyKey },
      },
      body: { grace_seconds: graceSeconds },
    }),
  );

export const revokeKey = ({ value, etag }: Versioned<ApiKey>): Promise<void> =>
  unwrapEmpty(
    api.DELETE('/api/keys/{id}', { params: { ...atId(value.id), header: { 'If-Match': etag } } }),
  );

/** What the key's label, the key itself and everyone are limited to. */
export const bindingLimitsQuery = (key: ApiKey) =>
  queryOptions({
    queryKey: ['limits', 'all'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/limits', { params: { query: { limit: PAGE } }, signal })),
    select: ({ data }) => data.filter(({ subject }) => binds(subject, key)),
    staleTime: 15_000,
  });

/** Limits on tags bind calls, not keys: which calls carry a tag is up to the caller. */
export function binds({ kind, id }: Schemas['LimitSubject'], key: ApiKey): boolean {
  if (kind === 'global') return true;
  if (kind === 'key') return id === '*' || id === key.id;
  if (kind === 'label') return id === '*' || (key.user_label !== null && id === key.user_label);
  return false;
}

export const keyAuditQuery = (id: string) =>
  queryOptions({
    queryKey: ['audit', 'key', id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/audit', {
          params: { query: { subject_kind: 'key', subject_id: id, limit: 20 } },
          signal,
        }),
      ),
  });
