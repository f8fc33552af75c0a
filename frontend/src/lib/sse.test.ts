import { describe, expect, it } from 'vitest';
import { eventData } from './sse';

const bodyOf = (chunks: Uint8Array[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

async function read(text: string, size: number): Promise<string[]> {
  const bytes = new TextEncoder().encode(text);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
  const found: string[] = [];
  for await (const data of eventData(bodyOf(chunks))) found.push(data);
  return found;
}

const CASES: [string, string[]][] = [
  ['data: a\n\ndata: b\n\n', ['a', 'b']],
  ['data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
  ['data: a\r\rdata: b\r\r', ['a', 'b']],
  ['data: one\ndata: two\n\n', ['one\ntwo']],
  ['data:no space\n\n', ['no space']],
  [': comment\nevent: x\ndata: a\nid: 1\n\n', ['a']],
  ['event: x\n\n', []],
  ['data: é 🙂 日本\n\n', ['é 🙂 日本']],
  ['data: without an end', ['without an end']],
  ['', []],
];

describe('eventData', () => {
  it.each([1, 2, 3, 7, 4096])('reads events cut into pieces of %i bytes', async (size) => {
    for (const [text, expected] of CASES) expect(await read(text, size)).toEqual(expected);
  });
});
