import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import type { Settings } from '../lib/settings.ts';
import { environment, functions, published, read, synthesise } from './app.ts';

const SHAPES: Partial<Settings>[] = [
  {},
  { openaiAdminKey: true },
  { limitEventsWebhookUrl: 'https://example.com/limits' },
  { name: 'other', openaiAdminKey: true, limitEventsWebhookUrl: 'https://example.com/limits' },
];

describe.each(SHAPES)('with %o', (choices) => {
  const synthesised = synthesise(choices);
  const { data, application, settings } = synthesised;

  test('no stack exports or imports a value', () => {
    for (const template of [data, application] satisfies Template[]) {
      const text = JSON.stringify(template.toJSON());
      expect(text).not.toContain('Fn::ImportValue');
      expect(text).not.toContain('"Export":');
    }
  });

  test('the app stack reads what the data stack publishes, and nothing else', () => {
    expect(published(synthesised).length).toBeGreaterThan(5);
    expect(read(synthesised)).toEqual(published(synthesised));
    expect(published(synthesised).filter((name) => !name.startsWith(`/tokenmeter/${settings.name}/`))).toEqual([]);
  });

  test('the data stack is deployed first', () => {
    const [dataStack, appStack] = synthesised.stacks;
    expect(appStack?.dependencies).toEqual([dataStack]);
  });
});

test('switching an option off removes its secret and its value, and changes nothing else in the data stack', () => {
  const all = synthesise(SHAPES[3]);
  const none = synthesise({ name: 'other' });
  const ids = (template: Template) => Object.keys(template.toJSON().Resources);
  expect(ids(all.data).filter((id) => !ids(none.data).includes(id))).toEqual([
    expect.stringMatching(/^AdminKey[0-9A-F]{8}$/),
    expect.stringMatching(/^WebhookSecret[0-9A-F]{8}$/),
    expect.stringMatching(/^Valueadminkeyarn/),
    expect.stringMatching(/^Valuewebhooksecretarn/),
  ]);
  expect(ids(none.data).filter((id) => !ids(all.data).includes(id))).toEqual([]);
});

test('addresses and grants follow the database that the data stack publishes', () => {
  const { application } = synthesise();
  const names = Object.fromEntries(
    Object.entries(application.findParameters('*')).map(([id, { Default }]) => [id, String(Default)]),
  );
  const all = functions(application);
  for (const fn of Object.values(all)) {
    const { Ref: host } = environment(fn).DATABASE_HOST as { Ref: string };
    expect(names[host]).toBe('/tokenmeter/tokenmeter/database-host');
  }
  const grants = Object.values(application.findResources('AWS::IAM::Policy'))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as { Action: unknown; Resource: unknown }[])
    .filter(({ Action }) => Action === 'rds-db:connect');
  expect(grants).toHaveLength(3);
  for (const { Resource } of grants) {
    const refs = [...JSON.stringify(Resource).matchAll(/"Ref":"(SsmParameter\w+)"/g)].map(([, id]) => names[id ?? '']);
    expect(refs).toEqual(['/tokenmeter/tokenmeter/database-resource-id']);
  }
});
