/** Writes `docs/COST.md`. */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Resources } from '../cost/cost.ts';
import { costPage } from '../cost/page.ts';
import { Artifacts } from '../lib/artifacts.ts';
import { build } from '../lib/build.ts';
import { parseSettings } from '../lib/settings/parse.ts';
import type { Settings } from '../lib/settings.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const { context } = JSON.parse(readFileSync(path('../cdk.json'), 'utf8'));

function resourcesOf(choices: Partial<Settings>): Resources {
  const settings = parseSettings({ preview: true, ...choices });
  const app = new App({
    context: {
      ...context,
      'aws:cdk:disable-asset-staging': true,
      '@aws-cdk/core:annotationsInValidationReport': false,
    },
  });
  const nothing = path('./nothing-is-built');
  const stacks = build(
    app,
    settings,
    new Artifacts({ functionsDir: nothing, siteDir: nothing, architecture: settings.architecture, preview: true }),
  );
  return [stacks.data, stacks.app].flatMap((stack) =>
    Object.values(Template.fromStack(stack).toJSON().Resources as Record<string, Resources[number]>),
  );
}

writeFileSync(path('../../docs/COST.md'), costPage(resourcesOf));
