/** Assembles the two stacks, for the CLI and for the tests. */

import { type App, Tags } from 'aws-cdk-lib';
import { AppStack } from './app-stack.ts';
import type { Artifacts } from './artifacts.ts';
import { DataStack } from './data-stack.ts';
import type { Settings } from './settings.ts';

/**
 * The stacks name no account and no region; the deploying credentials determine both. Synthesis therefore looks nothing
 * up, and the reviewed template is the one that is deployed.
 */
export function build(app: App, settings: Settings, artifacts: Artifacts): { data: DataStack; app: AppStack } {
  Tags.of(app).add('application', settings.name);
  const data = new DataStack(app, 'Data', {
    stackName: `${settings.name}-data`,
    description: 'Tokenmeter: network, database and secrets',
    terminationProtection: true,
    settings,
  });
  const appStack = new AppStack(app, 'App', {
    stackName: `${settings.name}-app`,
    description: 'Tokenmeter: functions, API, dashboard and alarms',
    settings,
    artifacts,
    data,
  });
  return { data, app: appStack };
}
