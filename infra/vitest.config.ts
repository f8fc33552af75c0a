import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A synthesis takes a few seconds on a small machine.
    hookTimeout: 60_000,
    testTimeout: 60_000,
  },
});
