/** What the data stack recorded when it was deployed last. */

import { spawnSync } from 'node:child_process';
import { DataValues } from './data-values.ts';
import { SettingsError } from './settings/reader.ts';
import type { Settings } from './settings.ts';

/** @returns undefined before the first deployment */
export function deployedSettings(
  settings: Pick<Settings, 'name' | 'region'>,
  profile: string | undefined,
): Record<string, unknown> | undefined {
  const parameter = new DataValues(settings.name).parameter('settings');
  const { status, stdout, stderr, error } = spawnSync(
    'aws',
    [
      ...['ssm', 'get-parameter', '--name', parameter, '--query', 'Parameter.Value', '--output', 'text'],
      ...(settings.region ? ['--region', settings.region] : []),
      ...(profile ? ['--profile', profile] : []),
    ],
    { encoding: 'utf8' },
  );
  if (error) {
    throw new SettingsError(
      `the AWS CLI could not be started (${error.message}): install it, so that the deployed settings can be compared`,
    );
  }
  if (status !== 0) {
    if (stderr.includes('ParameterNotFound')) return undefined;
    throw new SettingsError(`the deployed settings could not be read from ${parameter}: ${stderr.trim()}`);
  }
  return JSON.parse(stdout) as Record<string, unknown>;
}
