// The first call with a key, in three languages. The secret is filled in while it can still be read.
import type { Snippet } from '../../ui/Snippets';

interface SnippetOptions {
  origin: string;
  /** The secret itself, or undefined for the name of a variable. */
  secret?: string;
  /** Calls of a key without a label name theirs. */
  label?: string;
}

export function keySnippets({ origin, secret, label }: SnippetOptions): Snippet[] {
  const header = label === undefined ? '' : ` \\\n  -H "X-User-Label: ${label}"`;
  return [
    {
      name: 'curl',
      code: `curl ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer ${secret ?? '$TOKENMETER_KEY'}"${header} \\
  -H "Content-Type: application/json" \\
  -d '{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}'`,
    },
    {
      name: 'Python',
      code: `${secret ? '' : 'import os\n'}from openai import OpenAI

client = OpenAI(
    base_url="${origin}/v1",
    api_key=${secret ? `"${secret}"` : 'os.environ["TOKENMETER_KEY"]'},${
      label === undefined ? '' : `\n    default_headers={"X-User-Label": "${label}"},`
    }
)
answer = client.chat.completions.create(
    model="gpt-4o-mini",
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.choices[0].message.content)`,
    },
    {
      name: 'Node',
      code: `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${origin}/v1',
  apiKey: ${secret ? `'${secret}'` : 'process.env.TOKENMETER_KEY'},${
    label === undefined ? '' : `\n  defaultHeaders: { 'X-User-Label': '${label}' },`
  }
});
const answer = await client.chat.completions.create({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'Hello' }],
});
console.log(answer.choices[0].message.content);`,
    },
  ];
}
