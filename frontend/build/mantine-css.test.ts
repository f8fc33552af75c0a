import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const IMPORT = /import(?: type)? \{([^}]*)\} from '@mantine\/core'/g;

async function usedComponents(): Promise<string[]> {
  const files = await readdir(join(root, 'src'), { recursive: true });
  const names = new Set<string>();
  for (const file of files.filter((name) => name.endsWith('.tsx'))) {
    const source = await readFile(join(root, 'src', file), 'utf8');
    for (const [, list = ''] of source.matchAll(IMPORT)) {
      for (const name of list.split(',')) names.add(name.trim());
    }
  }
  return [...names];
}

it('every Mantine component in use has its styles in src/ui/mantine.css', async () => {
  const css = await readFile(join(root, 'src/ui/mantine.css'), 'utf8');
  const styles = join(root, 'node_modules/@mantine/core/styles');
  const missing = (await usedComponents())
    .filter((name) => existsSync(join(styles, `${name}.css`)))
    .filter((name) => !css.includes(`/styles/${name}.css"`));
  expect(missing).toEqual([]);
});
