// Tools that need a browser and a running stack, but test nothing: pictures and measurements.
import { defineConfig } from '@playwright/test';
import base from './playwright.config';

export default defineConfig({
  ...base,
  testDir: 'e2e/tools',
  testMatch: '*.tool.ts',
  timeout: 1_800_000,
  expect: { timeout: 60_000 },
  // Recording every page of a sweep takes longer than the sweep, and two tools at once would share the files.
  use: { ...base.use, trace: 'off', screenshot: 'off' },
});
