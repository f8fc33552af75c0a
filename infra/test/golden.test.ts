import { expect, test } from 'vitest';
import { synthesise } from './app.ts';

const { data, application } = synthesise();

/** Leaves out what follows from the content of assets and not from the stacks: hashes, and version ids made of them. */
function normalised(template: { toJSON(): unknown }): string {
  const text = JSON.stringify(template.toJSON(), null, 2)
    .replace(/\b[0-9a-f]{64}\b/g, '<asset>')
    .replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1<version>');
  return `${text}\n`;
}

// Read a difference like code. When it is meant, `npx vitest run -u` takes it over.
test.each([
  ['data', data],
  ['app', application],
])('the template of %s changes only on purpose', async (name, template) => {
  await expect(normalised(template)).toMatchFileSnapshot(`golden/${name}.template.json`);
});
