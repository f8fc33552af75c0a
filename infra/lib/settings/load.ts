/** Finds the settings of a deployment: its file, and what the command line overrides. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../settings.ts';
import { DEFAULT_NAME, NAME, NAME_MEANING, parseSettings } from './parse.ts';
import { SettingsError, type Values } from './reader.ts';

/**
 * The name selects the file: `-c name=staging` reads `config/staging.json`. Only the default deployment may do without
 * one.
 *
 * @param context values of the command line, beside those of CDK itself
 * @param folder `infra/config`
 */
export function loadSettings(context: Values, folder: string): Settings {
  const name = context.name ?? DEFAULT_NAME;
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new SettingsError(`name must be ${NAME_MEANING}, not ${JSON.stringify(name)}`);
  }
  const file = `config/${name}.json`;
  const written = readFile(join(folder, `${name}.json`), file, context.name !== undefined, folder);
  rejectMisplaced(written, file, name);
  const { $schema: _, ...values } = written;
  const origin = (key: string) =>
    key in context ? ' (from the command line)' : key in values ? ` (from ${file})` : '';
  return parseSettings({ ...values, ...context, name }, origin);
}

function readFile(path: string, file: string, isRequired: boolean, folder: string): Values {
  if (!existsSync(path)) {
    if (!isRequired) return {};
    const others = existsSync(folder) ? readdirSync(folder).filter((each) => each.endsWith('.json')) : [];
    throw new SettingsError(
      `${file} does not exist: copy config/example.json there and edit it, or pass the name of another deployment ` +
        `(files in config/: ${others.join(', ') || 'none'})`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SettingsError(`${file} is not valid JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SettingsError(`${file} must hold one JSON object with settings, like {"egress": "none"}`);
  }
  return value as Values;
}

function rejectMisplaced(values: Values, file: string, name: string): void {
  if ('name' in values && values.name !== name) {
    throw new SettingsError(
      `${file} says name ${JSON.stringify(values.name)}, but its deployment is ${name}: the file name is the name of the ` +
        'deployment; remove the setting or rename the file',
    );
  }
  if ('preview' in values) {
    throw new SettingsError(`preview belongs on the command line, not into ${file}: it would hide missing functions`);
  }
}
