import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CALL_METRICS, idle, perMillion, type Resources, total } from '../cost/cost.ts';
import { costPage } from '../cost/page.ts';
import type { Settings } from '../lib/settings.ts';
import { path, synthesise } from './app.ts';

function resourcesOf(choices: Partial<Settings>): Resources {
  const { data, application } = synthesise(choices);
  return [data, application].flatMap((template) => Object.values(template.toJSON().Resources) as Resources);
}

const cost = (choices: Partial<Settings>) => Object.fromEntries(idle(resourcesOf(choices)).map((l) => [l.what, l.usd]));

test('docs/COST.md is what `npm run cost` computes', () => {
  expect(costPage(resourcesOf)).toBe(readFileSync(path('../../docs/COST.md'), 'utf8'));
});

test('the parts follow from list prices', () => {
  const defaults = cost({});
  expect(defaults.database).toBeCloseTo(730 * 0.032 + 20 * 0.115);
  expect(defaults['NAT gateways']).toBeCloseTo(36.5);
  expect(defaults.secrets).toBeCloseTo(4 * 0.4);
  const doubled = cost({ databaseMultiAz: true });
  expect(doubled.database).toBeCloseTo(2 * (defaults.database ?? 0));
  expect(doubled['NAT gateways']).toBeCloseTo(73);
  expect(cost({ vpcEndpoints: true })['private endpoints']).toBeCloseTo(14.6);
  expect(cost({ firewall: true }).firewall).toBeCloseTo(10);
  expect(defaults.alarms).toBeCloseTo(0.1 * 39);
  expect(defaults['metrics from log lines']).toBeCloseTo(0.3 * 7);
  expect(defaults['CloudWatch dashboard']).toBeCloseTo(3);
  expect(total(perMillion(resourcesOf({ tracing: true }))) - total(perMillion(resourcesOf({})))).toBeCloseTo(5);
  expect(cost({ egress: 'none' })).not.toHaveProperty('NAT gateways');
  expect(total(perMillion(resourcesOf({})))).toBeCloseTo(20 + 0.2 + 3.5 + 0.9 + 0.852 + 0.675, 2);
});

test('the metrics of calls are those of their log lines', () => {
  const written = readFileSync(path('../../shared/platform/src/call_log.rs'), 'utf8');
  const [, names = ''] = written.match(/const METRICS: &\[&str\] =\s+&\[([^\]]+)\]/) ?? [];
  expect(names.split(',').filter((name) => name.trim())).toHaveLength(CALL_METRICS);
});

test('a class without a price is an error, not zero', () => {
  const large = resourcesOf({ databaseClass: 'm7g.large', databaseMaxConnections: 400, chatConcurrency: 250 });
  expect(() => idle(large)).toThrow('no price of m7g.large in prices.json');
});
