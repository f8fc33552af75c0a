/** Renders `docs/COST.md`. */

import type { Settings } from '../lib/settings.ts';
import {
  CALL,
  CALL_METRICS,
  type CostLine,
  callMetricsMonth,
  idle,
  perMillion,
  prices,
  type Resources,
  total,
} from './cost.ts';

type Choices = Partial<Settings>;

const SMALL: Choices = {
  databaseClass: 't4g.micro',
  databaseMaxConnections: 50,
  chatConcurrency: 30,
  summaryConcurrency: 5,
};
const PRODUCTION: Choices = { databaseClass: 't4g.medium', databaseMaxConnections: 200, databaseMultiAz: true };

const DEPLOYMENTS: readonly [string, Choices][] = [
  ['smallest: `t4g.micro` with 50 connections, `egress` `none`', { ...SMALL, egress: 'none' }],
  ['the defaults', {}],
  ['production: `t4g.medium`, `databaseMultiAz`', PRODUCTION],
  ['the same with `firewall` and `vpcEndpoints`', { ...PRODUCTION, firewall: true, vpcEndpoints: true }],
];

const CHANGES: readonly [string, Choices][] = [
  ['`egress` `nat-instance`', { egress: 'nat-instance' }],
  ['`egress` `none`', { egress: 'none' }],
  ['`architecture` `x86_64`', { architecture: 'x86_64' }],
  ['`databaseClass` `t4g.medium`', { databaseClass: 't4g.medium' }],
  ['`databaseMultiAz`', { databaseMultiAz: true }],
  ['`databaseStorageGib` 100', { databaseStorageGib: 100 }],
  ['`vpcEndpoints`', { vpcEndpoints: true }],
  ['`firewall`', { firewall: true }],
  ['`tracing`', { tracing: true }],
  ['`openaiAdminKey`', { openaiAdminKey: true }],
  ['`anthropicAdminKey`', { anthropicAdminKey: true }],
  ['`anthropicKey`', { anthropicKey: true }],
  ['`geminiKey`', { geminiKey: true }],
  ['`limitEventsWebhookUrl`', { limitEventsWebhookUrl: 'https://example.com/limits' }],
];

const usd = (value: number) => value.toFixed(2);
const signed = (value: number) => (Math.abs(value) < 0.005 ? '–' : `${value > 0 ? '+' : '−'}${usd(Math.abs(value))}`);
const row = (...cells: string[]) => `| ${cells.join(' | ')} |`;
const table = (head: string[], rows: string[][]) =>
  [
    row(...head),
    row(...head.map((_, column) => (column === 0 ? '---' : '--:'))),
    ...rows.map((each) => row(...each)),
  ].join('\n');
const lines = (costs: readonly CostLine[]) => [
  ...costs.map(({ what, usd: value }) => [what, usd(value)]),
  ['**together**', usd(total(costs))],
];

/** @param resourcesOf synthesises a deployment with these settings */
export function costPage(resourcesOf: (choices: Choices) => Resources): string {
  const defaults = resourcesOf({});
  const deployments = DEPLOYMENTS.map(([name, choices]) => {
    const resources = resourcesOf(choices);
    const [month, million] = [total(idle(resources)), total(perMillion(resources))];
    return [name, usd(month), usd(million), usd(month + million + callMetricsMonth)];
  });
  const changes = CHANGES.map(([name, choices]) => {
    const resources = resourcesOf(choices);
    return [
      name,
      signed(total(idle(resources)) - total(idle(defaults))),
      signed(total(perMillion(resources)) - total(perMillion(defaults))),
    ];
  });
  const busy = (10 * 3600 * prices.hoursPerMonth) / 1e6;
  const [{ usd: lambda } = { usd: 0 }] = perMillion(defaults);
  return `# Cost

Computed by \`npm run cost\` in \`infra/\` from the templates and from \`infra/cost/prices.json\`: US dollars, list prices of
${prices.region} as noted on ${prices.date}, months of ${prices.hoursPerMonth} hours, without taxes and free tiers. A test compares this page with
what the script computes. Nothing here was measured on a bill.

A call is assumed to take ${CALL.seconds} s, of which Lambda bills every one: the function waits while the model answers. It sends
${CALL.responseKb} KB to the caller, ${CALL.natKb} KB through the NAT, and ${CALL.logKb.toFixed(1)} KB to the logs. Half the duration costs half of Lambda's part.
The last column of the first table adds the metrics of calls (EMF): $${usd(callMetricsMonth)} for ${CALL_METRICS} of them if calls arrive in every
hour, and up to $0.30 for each class of provider errors.

## Deployments

${table(['deployment', 'idle month', '1 M calls', 'month with 1 M calls'], deployments)}

| for comparison | month without calls |
| --- | --: |
| AWS's guidance for a multi-provider gateway with LiteLLM: load balancer, Fargate, PostgreSQL, Redis, NAT | 378–385 |
| LiteLLM as its makers recommend it: two Fargate tasks of one processor, load balancer, PostgreSQL, Redis, NAT | 150 and more |

Neither of these costs less while no calls arrive.

## The defaults in parts

${table(['idle month', '$'], lines(idle(defaults)))}

${table(['1 M calls', '$'], lines(perMillion(defaults)))}

CloudFront, S3, CodeDeploy and the flow log cost nothing or cents and are left out. A run of \`maintain\` is taken as
0.2 s. Logs of the database and storage of logs depend on use. Metrics from log lines are counted in full, though each
costs only in hours in which it has a value.

## What a setting changes

${table(['setting', 'idle month', '1 M calls'], changes)}

Traces are counted as if X-Ray kept one of every call, which its usual sampling does up to one call a second. Settings
that are not listed cost nothing by themselves.

## When this is not the cheapest

Lambda bills waiting. Ten calls a second of ${CALL.seconds} s each keep ${10 * CALL.seconds} environments busy all month: ${busy.toFixed(1)} million calls, about
$${Math.round(busy * lambda)} of Lambda. Above that, servers that hold many waiting calls are cheaper.
`;
}
