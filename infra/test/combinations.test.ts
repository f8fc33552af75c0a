import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import type { Settings } from '../lib/settings.ts';
import { published, read, synthesise } from './app.ts';

type Choice = Partial<Settings>;

const VPC = {
  vpcId: 'vpc-0000000a',
  functionSubnetIds: ['subnet-0000000a'],
  databaseSubnetIds: ['subnet-0000000b', 'subnet-0000000c'],
};
const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/0a';
const domains = {
  domainName: 'llm.example.com',
  certificateArn: CERTIFICATE,
  dashboardDomainName: 'usage.example.com',
  dashboardCertificateArn: CERTIFICATE.replace('eu-central-1', 'us-east-1'),
};

/** Every setting that adds, removes or replaces resources, with its values; the first ones are the defaults. */
const FACTORS: readonly (readonly Choice[])[] = [
  [{}, { egress: 'nat-instance' }, { egress: 'none' }, VPC, { ...VPC, vpcIpv6: true }],
  [{}, { vpcEndpoints: true }],
  [{}, { databaseMultiAz: true }],
  [{}, { databaseClass: 'm7g.large', databaseMaxConnections: 400, chatConcurrency: 250 }],
  [{}, { databaseSnapshot: 'a' }, { databaseRestoreFrom: 'db-A', databaseRestoreTime: '2026-11-29T14:30:00Z' }],
  [{}, { reserveConcurrency: false }],
  [{}, { architecture: 'x86_64' }],
  [{}, { openaiAdminKey: true, openaiApiBase: 'https://models.example.com/v1' }],
  [{}, { anthropicAdminKey: true }],
  [{}, { anthropicKey: true }],
  [{}, { geminiKey: true }],
  [{}, { bedrockRegion: 'eu-central-1' }],
  [{}, { limitEventsWebhookUrl: 'https://example.com/limits' }],
  [{}, { limitEventsTopic: true }],
  [{}, domains, { ...domains, hostedZoneId: 'Z0A' }],
  [{}, { apiRateLimit: 100, apiBurstLimit: 200 }],
  [{}, { firewall: true }],
  [{}, { trafficShift: 'linear' }, { trafficShift: 'all-at-once' }],
  [{}, { tracing: true }],
  [{}, { apiGatewayLogRole: false, alarmEmail: 'ops@example.com', retentionMonths: 12 }],
];

/**
 * Rows in which every two values of different factors meet: faults come from one setting or from two that interact.
 * The full product has 552,960 rows.
 */
function pairwise(): number[][] {
  const missing = new Set<string>();
  const key = (a: number, x: number, b: number, y: number) => `${a}.${x} ${b}.${y}`;
  const pairsOf = (row: readonly number[]) =>
    row.flatMap((x, a) => row.slice(a + 1).map((y, offset) => key(a, x, a + 1 + offset, y)));
  for (const [a, values] of FACTORS.entries()) {
    for (const [b, others] of FACTORS.entries()) {
      if (a < b) for (const x of values.keys()) for (const y of others.keys()) missing.add(key(a, x, b, y));
    }
  }
  const rows: number[][] = [FACTORS.map(() => 0)];
  const cover = (row: readonly number[]) => {
    for (const pair of pairsOf(row)) missing.delete(pair);
  };
  cover(rows[0] as number[]);
  while (missing.size > 0) {
    const [first] = missing;
    const row = FACTORS.map(() => -1);
    for (const part of (first as string).split(' ')) {
      const [factor, value] = part.split('.').map(Number) as [number, number];
      row[factor] = value;
    }
    const gain = () => pairsOf(row).filter((pair) => missing.has(pair)).length;
    for (const [factor, values] of FACTORS.entries()) {
      if (row[factor] !== -1) continue;
      let best = { value: 0, gain: -1 };
      for (const value of values.keys()) {
        row[factor] = value;
        if (gain() > best.gain) best = { value, gain: gain() };
      }
      row[factor] = best.value;
    }
    cover(row);
    rows.push(row);
  }
  return rows;
}

const ROWS = pairwise();
const choicesOf = (row: readonly number[]): Choice =>
  Object.assign({}, ...row.map((value, factor) => FACTORS[factor]?.[value] ?? {}));

test('the rows hold every value, and stay few', () => {
  for (const [factor, values] of FACTORS.entries()) {
    expect(new Set(ROWS.map((row) => row[factor])).size).toBe(values.length);
  }
  expect(ROWS.length).toBeLessThan(30);
});

describe.each(ROWS.map((row) => [row.join(''), choicesOf(row)] as const))('combination %s', (_, choices) => {
  const synthesised = synthesise(choices);

  test('cdk-nag has no finding that is not acknowledged with a reason', () => {
    const findings = new AwsSolutionsChecks()
      .validateScope(synthesised.app)
      .violations.flatMap((violation) =>
        violation.violatingResources.map((resource) => `${violation.ruleName} at ${resource.constructPath}`),
      );
    expect(findings).toEqual([]);
    const reasons = synthesised.app.node
      .findAll()
      .flatMap((construct) => construct.node.metadata)
      .filter((entry) => entry.type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap((entry) => Object.values(entry.data as Record<string, string>));
    expect(reasons.length).toBeGreaterThan(0);
    expect(reasons.filter((reason) => String(reason).length < 30)).toEqual([]);
  });

  test('the stacks fit each other, and stateful logical ids stay', () => {
    expect(read(synthesised)).toEqual(published(synthesised));
    expect(JSON.stringify(synthesised.application.toJSON())).not.toContain('Fn::ImportValue');
    const { Resources } = synthesised.data.toJSON();
    for (const id of ['DatabaseInstanceAA8A5FDE', 'ProviderKeyA6B56E02', 'KeyPepperB58BE0AC']) {
      expect(Resources).toHaveProperty(id);
    }
  });
});

const hasCfnLint = spawnSync('cfn-lint', ['--version']).status === 0;

/** With reason: the CDK library repeats the dependency of a function on the role that it refers to. */
const IGNORED = ['W3005'];

test.skipIf(!hasCfnLint)('cfn-lint has no finding', () => {
  const folder = mkdtempSync(join(tmpdir(), 'templates-'));
  try {
    // The defaults, and the rows with the most settings.
    const fullest = [...ROWS].sort((a, b) => b.filter(Boolean).length - a.filter(Boolean).length).slice(0, 2);
    const files = [ROWS[0] as number[], ...fullest].flatMap((row) => {
      const { data, application } = synthesise(choicesOf(row));
      return Object.entries({ data, application }).map(([name, template]) => {
        const file = join(folder, `${row.join('')}-${name}.json`);
        writeFileSync(file, JSON.stringify(template.toJSON()));
        return file;
      });
    });
    const { stdout, status } = spawnSync('cfn-lint', ['--ignore-checks', ...IGNORED, '--', ...files], {
      encoding: 'utf8',
    });
    expect(stdout.trim()).toBe('');
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
