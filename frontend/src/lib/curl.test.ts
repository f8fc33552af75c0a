import { expect, it } from 'vitest';
import { curlOf } from './curl';

it('repeats parameters and keeps the key out', () => {
  expect(curlOf('https://t.example', '/api/usage/summary', { model: ['a', 'b'], top: 8 })).toBe(
    `curl 'https://t.example/api/usage/summary?model=a&model=b&top=8' \\\n  -H "Authorization: Bearer $TOKENMETER_KEY"`,
  );
});

it('a value cannot end the quotes', () => {
  const command = curlOf('', '/x', { label: "'; rm -rf ~ #" });
  expect(command.split('\n')[0]).not.toMatch(/'; rm/);
});
