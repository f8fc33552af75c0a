import { readFileSync } from 'node:fs';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { PROVIDER_ERRORS } from '../lib/constructs/metrics.ts';
import { functions, path, synthesise } from './app.ts';

const configured = synthesise({ limitEventsTopic: true, alarmEmail: 'ops@example.com' });
const { application } = configured;

interface Statement {
  readonly Effect: string;
  readonly Principal: { readonly Service?: string } | string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** Statements of the policy of a topic, which replaces the default one. */
function policyOf(template: Template, topic: string): Statement[] {
  return Object.values(template.findResources('AWS::SNS::TopicPolicy'))
    .filter(({ Properties }) => Properties.Topics.some((each: { Ref: string }) => each.Ref === topic))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
}

/** Whether an alarm of the deploying account, and of no other, may publish to the topic. */
function admitsAlarms(template: Template, topic: string): boolean {
  const statements = policyOf(template, topic);
  const publishes = ({ Action }: Statement) => [Action].flat().includes('sns:Publish');
  const denials = statements.filter((each) => each.Effect === 'Deny' && publishes(each));
  // CloudWatch publishes over TLS.
  const onlyWithoutTls = denials.every(({ Condition }) => Condition?.Bool?.['aws:SecureTransport'] === 'false');
  return (
    onlyWithoutTls &&
    statements.some(
      (each) =>
        each.Effect === 'Allow' &&
        publishes(each) &&
        typeof each.Principal === 'object' &&
        each.Principal.Service === 'cloudwatch.amazonaws.com' &&
        JSON.stringify(each.Resource) === JSON.stringify({ Ref: topic }) &&
        JSON.stringify(each.Condition) ===
          JSON.stringify({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
    )
  );
}

describe('alarms reach people', () => {
  const alarms = Object.entries(application.findResources('AWS::CloudWatch::Alarm'));
  const topics = Object.keys(application.findResources('AWS::SNS::Topic'));
  const actionsOf = (properties: Record<string, unknown>) =>
    ['AlarmActions', 'OKActions', 'InsufficientDataActions'].flatMap(
      (kind) => (properties[kind] ?? []) as { Ref: string }[],
    );

  test('every alarm notifies a topic that admits it, when it starts and when it ends', () => {
    expect(alarms.length).toBeGreaterThan(10);
    for (const [id, { Properties }] of alarms) {
      expect(Properties.AlarmDescription, id).toBeTruthy();
      expect(Properties.AlarmActions, id).toHaveLength(1);
      expect(Properties.OKActions, id).toHaveLength(1);
      for (const action of actionsOf(Properties)) {
        expect(topics, id).toContain(action.Ref);
        expect(admitsAlarms(application, action.Ref), id).toBe(true);
      }
    }
  });

  test('every topic has a publisher: the alarms, or the one function that may', () => {
    expect(topics).toHaveLength(2);
    const alarmed = new Set(alarms.flatMap(([, { Properties }]) => actionsOf(Properties).map(({ Ref }) => Ref)));
    const policies = Object.values(application.findResources('AWS::IAM::Policy'));
    for (const topic of topics) {
      const publishers = policies.filter(({ Properties }) =>
        (Properties.PolicyDocument.Statement as Statement[]).some(
          ({ Action, Resource }) => Action === 'sns:Publish' && JSON.stringify(Resource) === `{"Ref":"${topic}"}`,
        ),
      );
      const roles = publishers.map(({ Properties }) => Properties.Roles[0].Ref);
      expect(roles).toEqual(alarmed.has(topic) ? [] : [expect.stringMatching(/^MaintenanceMaintainRole/)]);
    }
  });

  test('the alarm topic has the configured e-mail subscriber, and none by default', () => {
    application.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.com',
      TopicArn: { Ref: Match.stringLikeRegexp('^AlarmsTopic') },
    });
    synthesise().application.resourceCountIs('AWS::SNS::Subscription', 0);
  });
});

describe('every alarm can fire', () => {
  const alarm = (template: Template, id: string) => {
    const found = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).filter(([name]) =>
      new RegExp(`^Alarms${id}[0-9A-F]{8}$`).test(name),
    );
    expect(found, id).toHaveLength(1);
    return found[0]?.[1].Properties;
  };

  test.each([600, 30, 830])('duration: below the %i s after which chat gives up on the provider', (limit) => {
    const { application: template } = synthesise({ upstreamTimeoutSeconds: limit });
    const threshold = alarm(template, 'ChatDuration').Threshold;
    expect(threshold).toBe(limit * 1000 * 0.8);
    const chat = functions(template).chat.Properties;
    expect(threshold).toBeLessThan((chat.Timeout as number) * 1000);
  });

  test('duration: below the timeout of every other function', () => {
    const all = functions(application);
    expect(alarm(application, 'SummaryDuration').Threshold).toBeLessThan(
      (all.summary.Properties.Timeout as number) * 1000,
    );
    expect(alarm(application, 'AdminDuration').Threshold).toBeLessThan((all.admin.Properties.Timeout as number) * 1000);
  });

  test('maintenance that hangs is reported: its timeouts are no successes', () => {
    const { Metrics, Threshold, ComparisonOperator, TreatMissingData } = alarm(application, 'MaintainMissing');
    expect(Metrics[0].Expression).toBe('invocations - errors');
    expect([Threshold, ComparisonOperator, TreatMissingData]).toEqual([1, 'LessThanThreshold', 'breaching']);
  });

  test('concurrency: below what is reserved', () => {
    for (const [name, fn] of Object.entries(functions(application)).filter(
      ([each]) => !['maintain', 'migrate'].includes(each),
    )) {
      const id = `${name.charAt(0).toUpperCase()}${name.slice(1)}Concurrency`;
      expect(alarm(application, id).Threshold).toBeLessThan(fn.Properties.ReservedConcurrentExecutions as number);
    }
  });
});

describe('the database', () => {
  const thresholds = (choices: Parameters<typeof synthesise>[0]) =>
    Object.fromEntries(
      Object.values(synthesise(choices).application.findResources('AWS::CloudWatch::Alarm'))
        .filter(({ Properties }) => Properties.Namespace === 'AWS/RDS')
        .map(({ Properties }) => [Properties.MetricName, Properties.Threshold]),
    );

  test('is watched by metrics that RDS publishes, with thresholds that fit its class', () => {
    expect(thresholds({})).toEqual({
      CPUUtilization: 80,
      DatabaseConnections: 90,
      FreeStorageSpace: 2 * 2 ** 30,
      FreeableMemory: 0.1 * 2 ** 30,
      SwapUsage: 0.2 * 2 ** 30,
      CPUSurplusCreditBalance: 57.6,
    });
    const larger = thresholds({ databaseClass: 'm7g.2xlarge', databaseMaxConnections: 1000 });
    expect(larger).toMatchObject({ DatabaseConnections: 900, FreeableMemory: 1.6 * 2 ** 30 });
  });

  test('has CPU credits only in burstable classes', () => {
    expect(thresholds({ databaseClass: 't3.medium' })).toHaveProperty('CPUSurplusCreditBalance');
    expect(thresholds({ databaseClass: 'r8g.large' })).not.toHaveProperty('CPUSurplusCreditBalance');
  });
});

describe('calls', () => {
  const filters = Object.values(application.findResources('AWS::Logs::MetricFilter')).map(
    ({ Properties }) => Properties,
  );
  const alarms = Object.values(application.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
  const namespace = 'Tokenmeter/tokenmeter-app';

  test.each([
    ['provider-key-missing', 'ChatLog', '{ $.code = "provider_key_missing" }', '1'],
    ['provider-key-rejected', 'ChatLog', '{ $.code = "provider_key_rejected" }', '1'],
    ['database-unavailable', 'ChatLog', '{ $.code = "database_unavailable" }', '1'],
    ['failed-settlements', 'ChatLog', '{ $.message = "Settlement failed*" }', '1'],
    ['abandoned-calls', 'MaintainLog', '{ $.abandoned_calls >= 0 }', '$.abandoned_calls'],
    ['rollup-differences', 'MaintainLog', '{ $.rollup_differences >= 0 }', '$.rollup_differences'],
  ])('%s are counted in the log and raise an alarm', (metric, log, pattern, value) => {
    const [filter] = filters.filter(({ MetricTransformations: [each] }) => each.MetricName === metric);
    expect(filter?.FilterPattern).toBe(pattern);
    expect(filter?.LogGroupName.Ref).toContain(log);
    expect(filter?.MetricTransformations[0]).toMatchObject({ MetricNamespace: namespace, MetricValue: value });
    const [alarm] = alarms.filter(({ MetricName, Namespace }) => MetricName === metric && Namespace === namespace);
    expect(alarm).toMatchObject({ Threshold: 0, ComparisonOperator: 'GreaterThanThreshold' });
  });

  test('are logged with metrics in the namespace that alarms and dashboard read', () => {
    const { chat, maintain } = functions(application);
    for (const { Properties } of [chat, maintain]) {
      expect(Properties.Environment).toMatchObject({ Variables: { METRICS_NAMESPACE: namespace } });
    }
    expect(alarms.filter(({ MetricName }) => MetricName === 'unpriced_calls')).toHaveLength(1);
    const [dashboard] = Object.values(application.findResources('AWS::CloudWatch::Dashboard'));
    const text = JSON.stringify(dashboard?.Properties.DashboardBody);
    // The names of the members of a line.
    const written = readFileSync(path('../../shared/platform/src/call_log.rs'), 'utf8');
    for (const name of [
      'calls',
      'cost_usd',
      'input_tokens',
      'output_tokens',
      'overhead_ms',
      'retries',
      'unpriced_calls',
    ]) {
      expect(text).toContain(name);
      expect(written).toContain(`"${name}"`);
    }
    for (const error of PROVIDER_ERRORS) {
      expect(text).toContain(error);
      expect(written).toContain(`"${error}"`);
    }
  });
});
