// Reports that did not change are not sent again: their ETag goes out with the next request of the same address, and a
// 304 stands for the answer before. In memory only, since the API allows no cache to store it.
import type { Middleware } from 'openapi-fetch';

interface Kept {
  etag: string;
  body: string;
}

/** Of one page and what it was filtered by before; the oldest goes first. */
const MAX_KEPT = 60;

export function revalidation(): Middleware {
  const kept = new Map<string, Kept>();
  // Another key must not even name what this one has seen.
  const idOf = (request: Request) => `${request.headers.get('authorization')} ${request.url}`;
  return {
    onRequest({ request }) {
      const known = request.method === 'GET' ? kept.get(idOf(request)) : undefined;
      if (known) request.headers.set('if-none-match', known.etag);
      return request;
    },
    async onResponse({ request, response }) {
      const id = idOf(request);
      const known = kept.get(id);
      if (response.status === 304 && known) {
        return new Response(known.body, { headers: { 'content-type': 'application/json' } });
      }
      const etag = response.headers.get('etag');
      if (request.method !== 'GET' || !response.ok || !etag?.startsWith('W/')) return undefined;
      const body = await response.clone().text();
      kept.delete(id);
      kept.set(id, { etag, body });
      const [oldest] = kept.keys();
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
      return undefined;
    },
  };
}
