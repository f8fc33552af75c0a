import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { securityHeaders } from './build/security-headers';
import { sharedChunks } from './build/shared-chunks';
import { themeCss } from './build/theme-css';

const port = Number(process.env.DASHBOARD_PORT ?? 5173);
const target = process.env.API_URL ?? 'http://localhost:8000';
const proxy = Object.fromEntries(
  [
    '/api',
    '/v1',
    '/healthz',
    '/openapi.json',
    '/docs',
    '^/[a-z][a-z0-9-]*/(v1|v1beta|v1alpha|openai|model)/',
  ].map((path) => [path, { target }]),
);
const server = { host: '127.0.0.1', port, strictPort: true, proxy };

export default defineConfig({
  plugins: [react(), themeCss()],
  server,
  preview: { ...server, headers: securityHeaders },
  // Inlined assets (data: URLs) would need an exception in the content security policy.
  build: {
    assetsInlineLimit: 0,
    target: 'es2022',
    rolldownOptions: { output: sharedChunks },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}', 'build/**/*.test.ts'],
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
    // Tests render whole pages, which is slow on a busy machine.
    testTimeout: 30_000,
  },
});
