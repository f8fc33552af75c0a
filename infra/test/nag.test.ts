import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import type { Settings } from '../lib/settings.ts';
import { synthesise } from './app.ts';

const SHAPES: Partial<Settings>[] = [
  {},
  { egress: 'nat-instance' },
  { egress: 'none', alarmEmail: 'ops@example.com', apiGatewayLogRole: false },
  { limitEventsWebhookUrl: 'https://example.com/limits', limitEventsTopic: true, openaiAdminKey: true },
];

describe.each(SHAPES)('with %o', (choices) => {
  const { app } = synthesise(choices);

  test('no finding is left unacknowledged', () => {
    const findings = new AwsSolutionsChecks()
      .validateScope(app)
      .violations.flatMap((violation) =>
        violation.violatingResources.map((resource) => `${violation.ruleName} at ${resource.constructPath}`),
      );
    expect(findings).toEqual([]);
  });

  test('every acknowledgement gives a reason', () => {
    const reasons = app.node
      .findAll()
      .flatMap((construct) => construct.node.metadata)
      .filter((entry) => entry.type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap((entry) => Object.values(entry.data as Record<string, string>));
    expect(reasons.length).toBeGreaterThan(0);
    expect(reasons.filter((reason) => String(reason).length < 30)).toEqual([]);
  });
});
