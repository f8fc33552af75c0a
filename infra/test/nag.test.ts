import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import type { Settings } from '../lib/settings.ts';
import { synthesise } from './app.ts';

const SHAPES: Partial<Settings>[] = [
  {},
  { egress: 'nat-instance', databaseMultiAz: true, firewall: true },
  { egress: 'none', alarmEmail: 'ops@example.com', apiGatewayLogRole: false },
  { limitEventsWebhookUrl: 'https://example.com/limits', limitEventsTopic: true, openaiAdminKey: true },
  {
    vpcId: 'vpc-0a1b2c3d',
    functionSubnetIds: ['subnet-0a'],
    databaseSubnetIds: ['subnet-0b', 'subnet-0c'],
    vpcEndpoints: true,
    domainName: 'llm.example.com',
    certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/0a',
    dashboardDomainName: 'usage.example.com',
    dashboardCertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/0b',
    hostedZoneId: 'Z0123456789ABC',
  },
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
