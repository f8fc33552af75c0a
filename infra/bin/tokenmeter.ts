/** Entry point of the CDK CLI and the only place that reads the CDK context. */

import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Artifacts } from '../lib/artifacts.ts';
import { build } from '../lib/build.ts';
import { rejectRegion } from '../lib/regions.ts';
import { loadSettings } from '../lib/settings/load.ts';
import { SettingsError } from '../lib/settings/reader.ts';
import type { Settings } from '../lib/settings.ts';

const repository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const app = new App();
const settings = readSettings();

build(
  app,
  settings,
  new Artifacts({
    functionsDir: repository('target/lambda'),
    siteDir: repository('frontend/dist'),
    architecture: settings.architecture,
    preview: settings.preview,
  }),
);

/** A mistake of the operator deserves a sentence, not a stack trace. */
function readSettings(): Settings {
  try {
    const read = loadSettings(app.node.getAllContext(), repository('infra/config'));
    rejectRegion(read, process.env.CDK_DEFAULT_REGION);
    return read;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(`Settings: ${error.message}`);
    process.exit(1);
  }
}
