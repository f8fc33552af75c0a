// Browser tests against a running stack: the dashboard at E2E_BASE_URL, the API at E2E_API_URL.
import { defineConfig } from '@playwright/test';

const chromium = {
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
};
const onMac = process.platform === 'darwin' && !process.env.CHROMIUM_PATH;

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  forbidOnly: Boolean(process.env.CI),
  workers: 1,
  // A page that is right does not wait for them; a busy machine may be slow.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    baseURL: process.env.E2E_BASE_URL ?? 'http://localhost:5173',
    ...(onMac ? { channel: 'chrome' } : { launchOptions: chromium }),
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
});
