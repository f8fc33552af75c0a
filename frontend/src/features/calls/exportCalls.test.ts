import { HttpResponse, http } from 'msw';
import { beforeEach, expect, it, vi } from 'vitest';
import type { ApiError } from '../../api/errors';
import { session } from '../../lib/session';
import { problem, server } from '../../test/api';
import { BrokenExport, endsWithError, exportCalls } from './exportCalls';

beforeEach(() => session.signIn('tm_test_key_1'));

const PATH = `${location.origin}/api/usage/export`;

function sink() {
  const parts: string[] = [];
  return {
    text: () => parts.join(''),
    write: async (chunk: Uint8Array) => void parts.push(new TextDecoder().decode(chunk)),
    close: vi.fn(async () => {}),
    abort: vi.fn(async () => {}),
  };
}

const respond = (body: string) => server.use(http.get(PATH, () => HttpResponse.text(body)));
const run = (into: ReturnType<typeof sink>, format: 'csv' | 'ndjson' = 'csv') =>
  exportCalls({ format }, into, () => {}, new AbortController().signal);

it('saves every byte and counts the rows', async () => {
  const body = 'id,cost\n"call_1",0.1\n"call_2",0.2\n';
  respond(body);
  const into = sink();
  expect(await run(into)).toBe(2);
  expect(into.text()).toBe(body);
  expect(into.close).toHaveBeenCalledOnce();
});

it('drops an export that ends with an error', async () => {
  respond('id,cost\n"call_1",0.1\n#error the database went away\n');
  const into = sink();
  await expect(run(into)).rejects.toBeInstanceOf(BrokenExport);
  expect(into.abort).toHaveBeenCalledOnce();
  expect(into.close).not.toHaveBeenCalled();
});

it('reports a refusal as the API words it', async () => {
  server.use(
    http.get(PATH, () => HttpResponse.json(problem(422, 'Past retention'), { status: 422 })),
  );
  const failed = await run(sink()).catch((error: ApiError) => error);
  expect(failed).toMatchObject({ status: 422, message: 'Past retention' });
});

it('tells an error line from a call whose text looks like one', () => {
  expect(endsWithError('{"id":"call_1","error":"x"}\n', 'ndjson')).toBe(false);
  expect(endsWithError('{"id":"call_1"}\n{"error":"x"}\n', 'ndjson')).toBe(true);
  expect(endsWithError('"#error","x"\n', 'csv')).toBe(false);
  expect(endsWithError('', 'ndjson')).toBe(false);
});
