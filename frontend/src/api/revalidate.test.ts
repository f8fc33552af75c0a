import createClient from 'openapi-fetch';
import { expect, it } from 'vitest';
import { revalidation } from './revalidate';
import type { paths } from './schema.gen';

/** Answers with the body that is current, and 304 to those who name it. */
function answering() {
  const seen: (string | null)[] = [];
  const current = { body: '[1]', etag: 'W/"one"' };
  const client = createClient<paths>({
    baseUrl: 'http://localhost',
    fetch: async (request) => {
      const tag = request.headers.get('if-none-match');
      seen.push(tag);
      return tag === current.etag
        ? new Response(null, { status: 304, headers: { etag: current.etag } })
        : new Response(current.body, {
            headers: { etag: current.etag, 'content-type': 'application/json' },
          });
    },
  });
  client.use(revalidation());
  const ask = async (key = 'a', model = 'm') =>
    (
      await client.GET('/api/usage/summary', {
        params: { query: { model: [model] } },
        headers: { authorization: key },
      })
    ).data as unknown;
  return { seen, current, ask };
}

it('names the answer before, and takes it for a 304', async () => {
  const { seen, current, ask } = answering();
  expect(await ask()).toEqual([1]);
  expect(await ask()).toEqual([1]);
  Object.assign(current, { body: '[2]', etag: 'W/"two"' });
  expect(await ask()).toEqual([2]);
  expect(await ask()).toEqual([2]);
  expect(seen).toEqual([null, 'W/"one"', 'W/"one"', 'W/"two"']);
});

it('names nothing to another key or of another report', async () => {
  const { seen, ask } = answering();
  await ask();
  await ask('b');
  await ask('a', 'n');
  expect(seen).toEqual([null, null, null]);
});
