import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { securityHeaders } from './security-headers';
import { themeStylesheet } from './theme-css';

const read = (path: string) => readFile(resolve(import.meta.dirname, '..', path), 'utf8');

it('nginx tells browsers the same as vite preview', async () => {
  const template = await read('nginx.conf.template');
  for (const [name, value] of Object.entries(securityHeaders)) {
    expect(template).toContain(`${name} `);
    expect(template).toContain(`"${value}"`);
  }
});

it('the policy makes no exception for inline code', () => {
  expect(securityHeaders['Content-Security-Policy']).not.toMatch(/unsafe|nonce|sha256|data:/);
});

it('the page has nothing inline', async () => {
  const html = await read('index.html');
  expect(html).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)|\son\w+=/);
});

it('the stylesheet of the theme holds what differs from the defaults and nothing else', () => {
  const css = themeStylesheet();
  expect(css).toContain('--mantine-color-green-7: #0b7a5f');
  expect(css).not.toContain('--mantine-color-violet-5');
});
