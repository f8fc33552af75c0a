import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { path } from './app.ts';

const hasCheckov = spawnSync('checkov', ['--version']).status === 0;
const golden = ['data', 'app'].flatMap((name) => ['-f', path(`golden/${name}.template.json`)]);

test.skipIf(!hasCheckov)('checkov has no finding that was not decided', () => {
  const { stdout, status } = spawnSync(
    'checkov',
    [...golden, '--config-file', path('../.checkov.yaml'), '-o', 'json'],
    {
      encoding: 'utf8',
    },
  );
  const result = JSON.parse(stdout) as { summary?: { passed: number; failed: number }; results?: unknown };
  expect(result.results).toMatchObject({ failed_checks: [] });
  expect(result.summary?.passed).toBeGreaterThan(50);
  expect(status).toBe(0);
});
