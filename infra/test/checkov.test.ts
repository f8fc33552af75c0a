import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { path } from './app.ts';
import { DECISIONS } from './checkov.ts';

interface Finding {
  readonly check_id: string;
  readonly resource: string;
}

const hasCheckov = spawnSync('checkov', ['--version']).status === 0;
const golden = ['data', 'app'].flatMap((name) => ['-f', path(`golden/${name}.template.json`)]);

const isDecided = ({ check_id, resource }: Finding) =>
  DECISIONS.some(
    ({ check, resources }) => check === check_id && resources.some((start) => startsWith(resource, start)),
  );
const startsWith = (resource: string, start: string) => (resource.split('.')[1] ?? '').startsWith(start);

test.skipIf(!hasCheckov)('each finding of checkov was decided, for its resource, and each decision has one', () => {
  // Elsewhere, so that no settings of this folder hide a finding.
  const { stdout } = spawnSync('checkov', [...golden, '--framework', 'cloudformation', '-o', 'json'], {
    encoding: 'utf8',
    cwd: tmpdir(),
    maxBuffer: 64 * 1024 * 1024,
  });
  const { results, summary } = JSON.parse(stdout) as {
    results: { failed_checks: Finding[] };
    summary: { passed: number };
  };
  expect(summary.passed).toBeGreaterThan(50);
  expect(results.failed_checks.filter((finding) => !isDecided(finding))).toEqual([]);
  const decided = DECISIONS.flatMap(({ check, resources }) => resources.map((start) => ({ check, start })));
  const has = ({ check, start }: { check: string; start: string }) =>
    results.failed_checks.some((finding) => finding.check_id === check && startsWith(finding.resource, start));
  expect(decided.filter((decision) => !has(decision))).toEqual([]);
});
