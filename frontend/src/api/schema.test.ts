import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, it } from 'vitest';

const fromFrontend = (path: string) => resolve(import.meta.dirname, '../..', path);

it('the types are those of docs/openapi.json (npm run generate writes them anew)', async () => {
  const document: unknown = JSON.parse(
    await readFile(fromFrontend('../docs/openapi.json'), 'utf8'),
  );
  const types = await openapiTS(document as Parameters<typeof openapiTS>[0], { alphabetize: true });
  const written = await readFile(fromFrontend('src/api/schema.gen.ts'), 'utf8');
  expect(written).toBe(COMMENT_HEADER + astToString(types));
});
