import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { securityHeaders } from './security-headers';
import { themeStylesheet } from './theme-css';

const read = (path: string) => readFile(resolve(import.meta.dirname, '..', path), 'utf8');

it('nginx and vite preview send the same security headers', async () => {
  const template = await read('nginx.conf.template');
  for (const [name, value] of Object.entries(securityHeaders)) {
    expect(template).toContain(`${name} `);
    expect(template).toContain(`"${value}"`);
  }
});

it('the content security policy allows no inline code', () => {
  expect(securityHeaders['Content-Security-Policy']).not.toMatch(/unsafe|nonce|sha256|data:/);
});

it('the page has no inline code or styles', async () => {
  const html = await read('index.html');
  expect(html).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)|\son\w+=/);
});

it('the theme stylesheet holds only differences from the defaults', () => {
  const css = themeStylesheet();
  expect(css).toContain('--mantine-color-green-7: #0b7a5f');
  expect(css).not.toContain('--mantine-color-violet-5');
});
