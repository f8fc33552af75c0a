// The only place that talks HTTP: adds the key and turns every failure into an ApiError.
import createClient, { type Middleware } from 'openapi-fetch';
import { session } from '../lib/session';
import { ApiError, isProblem } from './errors';
import { revalidation } from './revalidate';
import type { paths } from './schema.gen';

const authorization: Middleware = {
  onRequest({ request }) {
    if (request.headers.has('authorization')) return request;
    const key = session.key();
    // The last requests of a page that was just signed out would only be refused.
    if (key === undefined) throw new DOMException('Signed out', 'AbortError');
    request.headers.set('authorization', bearer(key));
    return request;
  },
};

export const bearer = (key: string) => `Bearer ${key}`;

export const api = createClient<paths>({
  baseUrl: location.origin,
  // Looked up for each request, so tests can stub fetch.
  fetch: (request) => globalThis.fetch(request),
});
// The second sees the key that the first adds.
api.use(authorization, revalidation());

interface FetchResult<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of a successful response; throws an ApiError otherwise. */
export async function unwrap<T>(call: Promise<FetchResult<T>>): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError({ kind: 'unreachable' }, { cause });
  });
  if (data !== undefined && response.ok) return data;
  const { status } = response;
  throw new ApiError(
    isProblem(error) ? { kind: 'problem', status, problem: error } : { kind: 'unreadable', status },
  );
}

/** For responses without a body, such as 204. */
export async function unwrapEmpty(call: Promise<FetchResult<unknown>>): Promise<void> {
  await unwrap(
    call.then((result) => (result.response.ok ? { ...result, data: result.data ?? null } : result)),
  );
}

/** A resource and the version it has; changes name the version in `If-Match`. */
export interface Versioned<T> {
  value: T;
  etag: string;
}

export async function unwrapVersioned<T>(call: Promise<FetchResult<T>>): Promise<Versioned<T>> {
  let etag = '';
  const value = await unwrap(
    call.then((result) => {
      etag = result.response.headers.get('etag') ?? '';
      return result;
    }),
  );
  return { value, etag };
}
