/** Synthesises the real app for tests, with placeholders, so that build output on disk makes no difference. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Artifacts } from '../lib/artifacts.ts';
import { build } from '../lib/build.ts';
import { parseSettings } from '../lib/settings/parse.ts';
import type { Settings } from '../lib/settings.ts';

export const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const { context: flags } = JSON.parse(readFileSync(path('../cdk.json'), 'utf8')) as {
  context: Record<string, unknown>;
};

export interface Synthesised {
  readonly app: App;
  readonly settings: Settings;
  readonly data: Template;
  readonly application: Template;
  readonly stacks: readonly Stack[];
}

const SYNTHESISED = new Map<string, Synthesised>();

/** Synthesis takes most of the time of the tests: the same choices are synthesised once for all files. */
export function synthesise(choices: Partial<Settings> = {}): Synthesised {
  const key = JSON.stringify(Object.entries(choices).sort());
  const result = SYNTHESISED.get(key) ?? synthesiseOnce(choices);
  SYNTHESISED.set(key, result);
  return result;
}

function synthesiseOnce(choices: Partial<Settings>): Synthesised {
  const settings = parseSettings({ preview: true, ...choices });
  const app = new App({
    context: {
      ...flags,
      'aws:cdk:disable-asset-staging': true,
      // The tests use placeholders on purpose; suppress the warning for each.
      '@aws-cdk/core:annotationsInValidationReport': false,
    },
  });
  const stacks = build(
    app,
    settings,
    new Artifacts({
      functionsDir: path('./nothing-is-built'),
      siteDir: path('./nothing-is-built'),
      architecture: settings.architecture,
      preview: settings.preview,
    }),
  );
  return {
    app,
    settings,
    data: Template.fromStack(stacks.data),
    application: Template.fromStack(stacks.app),
    stacks: [stacks.data, stacks.app],
  };
}

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DependsOn?: string[];
}

/** Our own functions by name, without those that the CDK library adds. */
export function functions(
  template: Template,
): Record<'chat' | 'summary' | 'admin' | 'maintain' | 'migrate', Resource & { id: string }> {
  const all = Object.entries(template.findResources('AWS::Lambda::Function') as Record<string, Resource>);
  const find = (prefix: string) => {
    const found = all.filter(([id, { Type }]) => id.startsWith(prefix) && Type === 'AWS::Lambda::Function');
    if (found.length !== 1) throw new Error(`${found.length} functions called ${prefix}`);
    const [id, resource] = found[0] as [string, Resource];
    return { id, ...resource };
  };
  return {
    chat: find('ChatFunction'),
    summary: find('SummaryFunction'),
    admin: find('AdminFunction'),
    maintain: find('MaintenanceMaintainFunction'),
    migrate: find('MaintenanceMigrateFunction'),
  };
}

export function environment(resource: { Properties: Record<string, unknown> }): Record<string, unknown> {
  return (resource.Properties.Environment as { Variables: Record<string, unknown> }).Variables;
}

/** Names of the values that the data stack publishes for the app stack. */
export const published = ({ data }: Synthesised): string[] =>
  Object.values(data.findResources('AWS::SSM::Parameter'))
    .map(({ Properties }) => Properties.Name as string)
    // Read by the next deployment.
    .filter((name) => !name.endsWith('/settings'))
    .sort();

/** Names of the values that the app stack reads. */
export const read = ({ application }: Synthesised): string[] =>
  Object.values(application.findParameters('*'))
    .filter(({ Type }) => Type === 'AWS::SSM::Parameter::Value<String>')
    .map(({ Default }) => Default as string)
    .filter((name) => !name.startsWith('/cdk-bootstrap/'))
    .sort();
