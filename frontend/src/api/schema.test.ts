import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, it } from 'vitest';

const fromFrontend = (path: string) => resolve(import.meta.dirname, '../..', path);

it('the generated types match docs/openapi.json (npm run generate rewrites them)', async () => {
  const document: unknown = JSON.parse(
    await readFile(fromFrontend('../docs/openapi.json'), 'utf8'),
  );
  const expected = await openapiTS(document as Parameters<typeof openapiTS>[0], {
    alphabetize: true,
  });
  const actual = await readFile(fromFrontend('src/api/schema.gen.ts'), 'utf8');
  expect(actual).toBe(COMMENT_HEADER + astToString(expected));
});
