/**
 * Deploys both stacks: `npm run deploy -- -c name=staging`. Refuses changes that lose data, unless each one is confirmed
 * with `--confirm <setting>`. All other arguments go to `cdk deploy`.
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { deployedSettings } from '../lib/deployed.ts';
import { loadSettings } from '../lib/settings/load.ts';
import { SettingsError } from '../lib/settings/reader.ts';
import { reductions } from '../lib/settings/reductions.ts';

const { context, confirmed, rest } = parseArguments(process.argv.slice(2));

try {
  const settings = loadSettings(context, fileURLToPath(new URL('../config', import.meta.url)));
  const deployed = deployedSettings(settings, profileOf(rest));
  const losses = deployed ? reductions(deployed, settings).filter(({ setting }) => !confirmed.has(setting)) : [];
  if (losses.length > 0) {
    const flags = losses.map(({ setting }) => `--confirm ${setting}`).join(' ');
    throw new SettingsError(
      `this deployment would lose data:\n${losses.map(({ message }) => `- ${message}`).join('\n')}\n` +
        `Set the old values again, or confirm the loss: ${flags}`,
    );
  }
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(`Settings: ${error.message}`);
  process.exit(1);
}
const { status } = spawnSync('cdk', ['deploy', '--all', ...rest], { stdio: 'inherit' });
process.exit(status ?? 1);

interface Arguments {
  readonly context: Record<string, string>;
  readonly confirmed: ReadonlySet<string>;
  readonly rest: readonly string[];
}

function parseArguments(args: readonly string[]): Arguments {
  const context: Record<string, string> = {};
  const confirmed = new Set<string>();
  const rest: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const [flag = '', inline] = splitOnce(args[index] ?? '', '=');
    const isContext = flag === '-c' || flag === '--context';
    if (!isContext && flag !== '--confirm') {
      rest.push(args[index] ?? '');
      continue;
    }
    const value = inline ?? args[++index] ?? '';
    if (flag === '--confirm') {
      for (const setting of value.split(',')) confirmed.add(setting);
    } else {
      const [key = '', text = ''] = splitOnce(value, '=');
      context[key] = text;
      rest.push('-c', value);
    }
  }
  return { context, confirmed, rest };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function profileOf(args: readonly string[]): string | undefined {
  const at = args.indexOf('--profile');
  return at < 0 ? undefined : args[at + 1];
}
