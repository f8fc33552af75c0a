import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { functions, synthesise } from './app.ts';

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates are JSON of many shapes
  readonly Properties: any;
  // biome-ignore lint/suspicious/noExplicitAny: templates are JSON of many shapes
  readonly [attribute: string]: any;
}

const { application } = synthesise();
const NAMES = ['Chat', 'Summary', 'Admin'];

const only = (template: Template, type: string, prefix: string): [string, Resource] => {
  const found = Object.entries(template.findResources(type) as Record<string, Resource>).filter(([id]) =>
    new RegExp(`^${prefix}[0-9A-Fa-f]{8}`).test(id),
  );
  expect(found, `${type} ${prefix}`).toHaveLength(1);
  return found[0] as [string, Resource];
};
const alarmsOf = (template: Template) =>
  Object.entries(template.findResources('AWS::CloudWatch::Alarm')).filter(([id]) => id.startsWith('AlarmsRelease'));

describe.each(NAMES)('%s', (name) => {
  const [aliasId, alias] = only(application, 'AWS::Lambda::Alias', `${name}Live`);
  const version = alias.Properties.FunctionVersion['Fn::GetAtt'][0] as string;

  test('is invoked by its alias alone, which CodeDeploy moves', () => {
    expect(alias.Properties.Name).toBe('live');
    const [group] = only(application, 'AWS::CodeDeploy::DeploymentGroup', `Release${name}`);
    expect(alias.UpdatePolicy.CodeDeployLambdaAliasUpdate).toMatchObject({ DeploymentGroupName: { Ref: group } });
    const [fn] = only(application, 'AWS::Lambda::Function', `${name}Function`);
    const methods = Object.values(application.findResources('AWS::ApiGateway::Method'));
    const uris = methods.map(({ Properties }) => JSON.stringify(Properties.Integration.Uri));
    expect(uris.filter((uri) => uri.includes(aliasId)).length).toBeGreaterThan(0);
    expect(uris.filter((uri) => uri.includes(fn))).toEqual([]);
    const permissions = Object.values(application.findResources('AWS::Lambda::Permission'));
    const invoked = permissions.filter(({ Properties }) => Properties.Principal === 'apigateway.amazonaws.com');
    const names = invoked.map(({ Properties }) => JSON.stringify(Properties.FunctionName));
    expect(names).toContain(JSON.stringify({ Ref: aliasId }));
    expect(names).not.toContain(JSON.stringify({ 'Fn::GetAtt': [fn, 'Arn'] }));
  });

  test('keeps its previous versions, whose calls may still run, but none of a release that was rolled back', () => {
    const resource = (application.findResources('AWS::Lambda::Version') as Record<string, Resource>)[version];
    expect(resource).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test('is watched by an alarm on the version that it is moved to', () => {
    const [, alarm] = only(application, 'AWS::CloudWatch::Alarm', `AlarmsRelease${name}Errors`);
    for (const { MetricStat } of alarm.Properties.Metrics.filter((each: object) => 'MetricStat' in each)) {
      const dimensions = Object.fromEntries(
        MetricStat.Metric.Dimensions.map((each: { Name: string; Value: unknown }) => [each.Name, each.Value]),
      );
      expect(dimensions.ExecutedVersion).toEqual({ 'Fn::GetAtt': [version, 'Version'] });
      expect(JSON.stringify(dimensions.Resource)).toContain(':live');
    }
  });
});

describe.each([
  ['canary', 'CodeDeployDefault.LambdaCanary10Percent10Minutes', 4],
  ['linear', 'CodeDeployDefault.LambdaLinear10PercentEvery1Minute', 4],
  ['all-at-once', 'CodeDeployDefault.LambdaAllAtOnce', 0],
] as const)('trafficShift %s', (trafficShift, config, alarms) => {
  const template = synthesise({ trafficShift }).application;

  test('takes these steps, and is rolled back by alarms and failures', () => {
    const groups = Object.values(template.findResources('AWS::CodeDeploy::DeploymentGroup'));
    expect(groups).toHaveLength(NAMES.length);
    for (const { Properties } of groups) {
      expect(JSON.stringify(Properties.DeploymentConfigName)).toContain(config);
      expect(Properties.AlarmConfiguration?.Alarms ?? []).toHaveLength(alarms);
      expect(Properties.AutoRollbackConfiguration).toMatchObject({
        Enabled: true,
        Events: alarms > 0 ? ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'] : ['DEPLOYMENT_FAILURE'],
      });
    }
  });

  test('changes no function: switching it needs no release', () => {
    expect(functions(template)).toEqual(functions(application));
  });
});

test('every alarm of a release starts within half of the ten minutes that it takes', () => {
  const groups = Object.values(application.findResources('AWS::CodeDeploy::DeploymentGroup'));
  const watched = new Set(
    groups.flatMap(({ Properties }) =>
      Properties.AlarmConfiguration.Alarms.map((each: { Name: { Ref: string } }) => each.Name.Ref),
    ),
  );
  expect([...watched].sort()).toEqual(
    alarmsOf(application)
      .map(([id]) => id)
      .sort(),
  );
  for (const [id, { Properties }] of alarmsOf(application)) {
    const periods = [Properties.Period, ...(Properties.Metrics ?? []).map((each: Resource) => each.MetricStat?.Period)];
    const seconds = Math.max(...periods.filter(Boolean)) * Properties.EvaluationPeriods;
    expect(seconds, id).toBeLessThanOrEqual(300);
    expect(Properties.TreatMissingData, id).toBe('notBreaching');
  }
});

test('CodeDeploy may move the aliases of these functions, and nothing else', () => {
  const [, role] = only(application, 'AWS::IAM::Role', 'ReleaseRole');
  expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
  const [policy] = role.Properties.Policies;
  const [shift, alarms, ...more] = policy.PolicyDocument.Statement;
  expect(more).toEqual([]);
  expect(shift.Action).toEqual(['lambda:GetAlias', 'lambda:GetProvisionedConcurrencyConfig', 'lambda:UpdateAlias']);
  const ids = new Set(JSON.stringify(shift.Resource).match(/(?:Chat|Summary|Admin)Function[0-9A-F]{8}/g));
  expect(ids.size).toBe(3);
  expect(alarms).toEqual({ Action: 'cloudwatch:DescribeAlarms', Effect: 'Allow', Resource: '*' });
});

test('pages are uploaded once the new versions have taken over', () => {
  const uploads = Object.entries(application.findResources('Custom::CDKBucketDeployment') as Record<string, Resource>);
  const [, hashed] = uploads.find(([id]) => id.startsWith('DashboardHashedFiles')) ?? [];
  for (const name of NAMES) {
    expect(hashed?.DependsOn).toContain(only(application, 'AWS::Lambda::Alias', `${name}Live`)[0]);
  }
});

test('maintenance has no steps: its next run comes within a minute', () => {
  application.resourceCountIs('AWS::Lambda::Alias', NAMES.length);
});

describe('tracing', () => {
  test('is off by default, and costs nothing then', () => {
    expect(JSON.stringify(application.toJSON())).not.toMatch(/TracingConfig|xray:/);
  });

  test('covers the API and all functions, whose roles may send segments', () => {
    const template = synthesise({ tracing: true }).application;
    template.hasResourceProperties('AWS::ApiGateway::Stage', { TracingEnabled: true });
    for (const fn of Object.values(functions(template))) {
      expect(fn.Properties.TracingConfig).toEqual({ Mode: 'Active' });
      const {
        'Fn::GetAtt': [role],
      } = fn.Properties.Role as { 'Fn::GetAtt': [string] };
      const allowed = Object.values(template.findResources('AWS::IAM::Policy'))
        .filter(({ Properties }) => Properties.Roles[0].Ref === role)
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as { Effect: string; Action: string[] }[])
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap(({ Action }) => Action);
      expect(allowed).toEqual(expect.arrayContaining(['xray:PutTraceSegments', 'xray:PutTelemetryRecords']));
    }
  });
});
