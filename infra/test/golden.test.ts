import { expect, test } from 'vitest';
import { synthesise } from './app.ts';

const { data, application } = synthesise();

/** Masks what depends on asset contents rather than on the stacks: hashes, and version ids derived from them. */
function normalised(template: { toJSON(): unknown }): string {
  const text = JSON.stringify(template.toJSON(), null, 2)
    .replace(/\b[0-9a-f]{64}\b/g, '<asset>')
    .replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1Version');
  return `${text}\n`;
}

// Review a difference like code. If it is intended, `npx vitest run -u` accepts it.
test.each([
  ['data', data],
  ['app', application],
])('the %s template matches its golden file', async (name, template) => {
  await expect(normalised(template)).toMatchFileSnapshot(`golden/${name}.template.json`);
});
