import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { idle, perMillion, type Resources, total } from '../cost/cost.ts';
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
  expect(cost({ egress: 'none' })).not.toHaveProperty('NAT gateways');
  expect(total(perMillion(resourcesOf({})))).toBeCloseTo(20 + 0.2 + 3.5 + 0.9 + 0.7 + 0.675, 2);
});

test('a class without a price is an error, not zero', () => {
  const large = resourcesOf({ databaseClass: 'm7g.large', databaseMaxConnections: 400, chatConcurrency: 250 });
  expect(() => idle(large)).toThrow('no price of m7g.large in prices.json');
});
