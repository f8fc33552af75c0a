/** Entry point of the CDK CLI and the only place that reads the CDK context. */

import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Artifacts } from '../lib/artifacts.ts';
import { build } from '../lib/build.ts';
import { parseSettings } from '../lib/settings.ts';

const app = new App();
const settings = parseSettings(app.node.getAllContext());
const repository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

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
