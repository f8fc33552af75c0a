// A chat in three languages, against the address of this page.
import type { Snippet } from './Snippets';

export interface SnippetRequest {
  origin: string;
  /** Absent where the key is bound to a label of its own. */
  label?: string;
  model: string;
  prompt: string;
}

export const FIRST_REQUEST = { label: 'team/search', model: 'gpt-4o-mini', prompt: 'Hello' };

/** The key is never part of a snippet: `TOKENMETER_KEY` in the environment is read. */
export function requestSnippets({ origin, label, model, prompt }: SnippetRequest): Snippet[] {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: prompt }] });
  const quoted = JSON.stringify;
  return [
    {
      name: 'curl',
      code: [
        `curl ${origin}/v1/chat/completions \\`,
        '  -H "Authorization: Bearer $TOKENMETER_KEY" \\',
        ...(label ? [`  -H ${shellQuoted(`X-User-Label: ${label}`)} \\`] : []),
        '  -H "Content-Type: application/json" \\',
        `  -d ${shellQuoted(body)}`,
      ].join('\n'),
    },
    {
      name: 'Python',
      code: `import os
from openai import OpenAI

client = OpenAI(
    base_url="${origin}/v1",
    api_key=os.environ["TOKENMETER_KEY"],${
      label ? `\n    default_headers={"X-User-Label": ${quoted(label)}.encode()},` : ''
    }
)
answer = client.chat.completions.create(
    model=${quoted(model)},
    messages=[{"role": "user", "content": ${quoted(prompt)}}],
)
print(answer.choices[0].message.content)`,
    },
    {
      name: 'Node',
      code: `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${origin}/v1',
  apiKey: process.env.TOKENMETER_KEY,${
    label ? `\n  defaultHeaders: { 'X-User-Label': ${nodeHeader(label)} },` : ''
  }
});
const answer = await client.chat.completions.create({
  model: ${quoted(model)},
  messages: [{ role: 'user', content: ${quoted(prompt)} }],
});
console.log(answer.choices[0].message.content);`,
    },
  ];
}

const shellQuoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Node takes headers as Latin-1: other text is sent as the bytes of its UTF-8. */
function nodeHeader(label: string): string {
  const isPlain = [...label].every((character) => character <= '~');
  const text = JSON.stringify(label);
  return isPlain ? text : `Buffer.from(${text}).toString('latin1')`;
}
