import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { createServer as createVite } from 'vite';
import { beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { server as mocks } from '../src/test/api';

/** The paths of the API, as far as the page's origin serves them. */
const PATHS = [
  '/api/usage/me',
  '/v1/chat/completions',
  '/groq/v1/models',
  '/azure-eu/openai/deployments/x/embeddings',
  '/bedrock/model/eu.anthropic.claude-sonnet-5-v1%3A0/converse-stream',
  '/healthz',
  '/openapi.json',
  '/docs/',
];

// These requests are real.
beforeAll(() => mocks.close());

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The address of a development server with the project's own proxy, in front of `api`. */
async function proxy(api: string): Promise<string> {
  vi.stubEnv('API_URL', api);
  vi.resetModules();
  const { default: config } = await import('../vite.config');
  const { proxy } = config.server ?? {};
  const server = { host: '127.0.0.1', port: 0, hmr: false, ws: false as const, watch: null, proxy };
  const vite = await createVite({
    configFile: false,
    root: import.meta.dirname,
    logLevel: 'silent',
    server,
  });
  onTestFinished(() => vite.close());
  await vite.listen();
  const [origin] = vite.resolvedUrls?.local ?? [];
  return new URL(origin ?? '').origin;
}

it('vite serves the paths of the API', async () => {
  const origin = await proxy(
    await listen((request, response) => response.end(`API ${request.url}`)),
  );
  for (const path of PATHS) {
    expect(await (await fetch(origin + path)).text()).toBe(`API ${path}`);
  }
});

it('vite passes the events of a stream on one by one', async () => {
  let end = () => {};
  const api = await listen((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    end = () => response.end('data: [DONE]\n\n');
  });
  const { body } = await fetch(`${await proxy(api)}/v1/chat/completions`, { method: 'POST' });
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  // The API has not sent the end yet: a buffered answer would never arrive.
  expect(await reader?.read()).toEqual({ done: false, value: 'data: 1\n\n' });
  end();
  expect(await reader?.read()).toEqual({ done: false, value: 'data: [DONE]\n\n' });
});

it('nginx passes the same paths on, unbuffered', async () => {
  const template = await readFile(resolve(import.meta.dirname, '../nginx.conf.template'), 'utf8');
  const [, location, directives] = /location ~ (\S+) \{\n(.*?)\n {4}\}/s.exec(template) ?? [];
  const pattern = new RegExp(location ?? '$^');
  expect(PATHS.filter((path) => !pattern.test(path))).toEqual([]);
  expect(pattern.test('/v1-of-the-page')).toBe(false);
  expect(directives).toContain('proxy_buffering off;');
  // The page's own headers are for the page alone.
  expect(template.split(`~${location} "";`)).toHaveLength(3);
});
