import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Loading the CDK library takes longer than the tests: once for all files is enough.
    isolate: false,
    fileParallelism: false,
    // A synthesis takes a few seconds on a small machine.
    hookTimeout: 60_000,
    testTimeout: 300_000,
  },
});
