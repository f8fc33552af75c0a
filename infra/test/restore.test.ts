import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { synthesise } from './app.ts';

const before = synthesise();

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
}

const resources = (template: Template) => template.toJSON().Resources as Record<string, Resource>;
const instanceOf = (template: Template) => {
  const [id, ...others] = Object.keys(template.findResources('AWS::RDS::DBInstance'));
  expect(others).toEqual([]);
  return { id: id as string, ...(resources(template)[id as string] as Resource) };
};

describe.each([
  [
    'a snapshot',
    { databaseSnapshot: 'arn:aws:rds:us-east-1:111122223333:snapshot:rds:tokenmeter-2026-11-29-03-10' },
    { DBSnapshotIdentifier: 'arn:aws:rds:us-east-1:111122223333:snapshot:rds:tokenmeter-2026-11-29-03-10' },
  ],
  [
    'a point in time',
    { databaseRestoreFrom: 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ', databaseRestoreTime: '2026-11-29T14:30:00Z' },
    { SourceDbiResourceId: 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ', RestoreTime: '2026-11-29T14:30:00Z' },
  ],
])('restored from %s', (_, choices, source) => {
  const after = synthesise(choices);

  test('the instance keeps its logical id and everything but what comes with the backup', () => {
    const [old, restored] = [instanceOf(before.data), instanceOf(after.data)];
    expect(restored.id).toBe(old.id);
    // CloudFormation rejects these beside a backup.
    const { DBName, MasterUsername, StorageEncrypted, ...kept } = old.Properties;
    expect([DBName, MasterUsername, StorageEncrypted]).toEqual(['tokenmeter', 'tokenmeter', true]);
    expect(restored.Properties).toEqual({ ...kept, ...source });
    // A fixed name would forbid the replacement.
    expect(restored.Properties).not.toHaveProperty('DBInstanceIdentifier');
  });

  test('nothing else of the data stack changes but the recorded settings', () => {
    const { id } = instanceOf(before.data);
    const others = (template: Template) =>
      Object.entries(resources(template)).filter(([each]) => each !== id && !each.startsWith('Valuesettings'));
    expect(others(after.data)).toEqual(others(before.data));
  });

  test('addresses, grants and the owner secret follow the new instance', () => {
    const { id } = instanceOf(after.data);
    const values = Object.values(after.data.findResources('AWS::SSM::Parameter'))
      .map(({ Properties }) => [Properties.Name, Properties.Value])
      .filter(([name]) => /database/.test(name));
    expect(Object.fromEntries(values)).toEqual({
      '/tokenmeter/tokenmeter/database-host': { 'Fn::GetAtt': [id, 'Endpoint.Address'] },
      '/tokenmeter/tokenmeter/database-instance-id': { Ref: id },
      '/tokenmeter/tokenmeter/database-resource-id': { 'Fn::GetAtt': [id, 'DbiResourceId'] },
      '/tokenmeter/tokenmeter/database-owner-secret-arn': { 'Fn::GetAtt': [id, 'MasterUserSecret.SecretArn'] },
    });
  });

  test('the app stack publishes its functions again, which runs the migrations first: the address is in their versions', () => {
    expect(resources(after.application)).toEqual(resources(before.application));
    // The templates are the same: only parameter values point CloudFormation to the new instance.
    const parameter = (name: string) =>
      Object.entries(after.application.findParameters('*')).find(([, each]) => each.Default?.endsWith(name))?.[0];
    const versions = Object.values(after.application.findResources('AWS::Lambda::Version'));
    expect(versions).toHaveLength(4);
    for (const { Properties } of versions) {
      const text = JSON.stringify(Properties.Description);
      expect(text).toContain(`{"Ref":"${parameter('/database-instance-id')}"}`);
      expect(text).toContain(`{"Ref":"${parameter('/function-subnet-ids')}"}`);
      expect(text).toContain(`{"Ref":"${parameter('/functions-group-id')}"}`);
    }
  });
});
