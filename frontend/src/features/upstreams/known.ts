// Servers that many teams use, to start a form with.
import type { UpstreamDraft } from './draft';

interface KnownServer {
  title: string;
  start: Partial<UpstreamDraft>;
}

export const KNOWN_SERVERS: readonly KnownServer[] = [
  { title: 'Groq', start: { name: 'groq', baseUrl: 'https://api.groq.com/openai/v1' } },
  {
    title: 'OpenRouter',
    // It always sends its usage and what it bills, and gave the option up.
    start: {
      name: 'openrouter',
      baseUrl: 'https://openrouter.ai/api/v1',
      addsStreamOptions: false,
      priceSource: 'upstream',
    },
  },
  { title: 'DeepSeek', start: { name: 'deepseek', baseUrl: 'https://api.deepseek.com' } },
  {
    title: 'xAI',
    // Each answer states what it bills.
    start: { name: 'xai', baseUrl: 'https://api.x.ai/v1', priceSource: 'upstream' },
  },
  {
    title: 'Mistral',
    // Its usage is always in the last chunk, and it refuses members that it does not know.
    start: { name: 'mistral', baseUrl: 'https://api.mistral.ai/v1', addsStreamOptions: false },
  },
  { title: 'Together', start: { name: 'together', baseUrl: 'https://api.together.xyz/v1' } },
  {
    title: 'Azure OpenAI',
    start: {
      name: 'azure',
      baseUrl: 'https://RESOURCE.openai.azure.com/openai',
      auth: 'api-key',
      outputBoundMember: 'max_completion_tokens',
    },
  },
  {
    title: 'Amazon Bedrock',
    start: {
      name: 'bedrock-eu',
      wire: 'bedrock',
      baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
      auth: 'sigv4',
      region: 'eu-central-1',
      priceProvider: 'bedrock',
    },
  },
  {
    title: 'Ollama',
    start: { name: 'ollama', baseUrl: 'http://localhost:11434/v1', auth: 'none' },
  },
  { title: 'vLLM', start: { name: 'vllm', baseUrl: 'http://localhost:8001/v1', auth: 'none' } },
];
