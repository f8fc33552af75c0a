/** Assembles the two stacks, for the CLI and for the tests. */

import { type App, Tags } from 'aws-cdk-lib';
import { AppStack } from './app-stack.ts';
import type { Artifacts } from './artifacts.ts';
import { DataStack } from './data-stack.ts';
import { DataValues } from './data-values.ts';
import type { Settings } from './settings.ts';

/**
 * The stacks name no account and no region; the deploying credentials determine both. Synthesis therefore looks nothing
 * up, and the reviewed template is the one that is deployed.
 */
export function build(app: App, settings: Settings, artifacts: Artifacts): { data: DataStack; app: AppStack } {
  Tags.of(app).add('application', settings.name);
  const values = new DataValues(settings.name);
  const data = new DataStack(app, 'Data', {
    stackName: `${settings.name}-data`,
    description: 'Tokenmeter: network, database and secrets',
    terminationProtection: true,
    settings,
    values,
  });
  const appStack = new AppStack(app, 'App', {
    stackName: `${settings.name}-app`,
    description: 'Tokenmeter: functions, API, dashboard and alarms',
    settings,
    artifacts,
    values,
  });
  // The values are no references: the data stack must publish them, and the rules of its groups must exist, before the
  // app stack reads them and migrates.
  appStack.addStackDependency(data, 'the app stack reads values of the data stack');
  return { data, app: appStack };
}
