// Calls for tests.
import type { Call, CallWithReceipt } from './queries';

export const call = (fields: Partial<Call> = {}): Call => ({
  id: 'call_1',
  created_at: '2026-11-29T15:57:20Z',
  started_at: '2026-11-29T15:57:00Z',
  user_label: 'search-00',
  key_id: 'key_1',
  key_name: 'search prod',
  endpoint: 'chat.completions',
  model: 'gpt-5.4',
  served_model: 'gpt-5.4-2026-03-05',
  service_tier: 'default',
  stream: true,
  status: 'settled',
  http_status: 200,
  error_code: null,
  attempts: 1,
  input_tokens: 3485,
  cached_tokens: 0,
  cache_write_tokens: 0,
  output_tokens: 1110,
  reasoning_tokens: 666,
  audio_input_tokens: 0,
  audio_output_tokens: 0,
  retried_input_tokens: 0,
  retried_output_tokens: 0,
  retried_cost_usd: null,
  cost_usd: '0.0253625',
  price_id: 49,
  latency_ms: 19_730,
  first_byte_ms: 612,
  overhead_ms: 2.5,
  upstream_request_id: 'req_1',
  tags: null,
  sdk: 'python/2.8.1',
  fees: [],
  provider: 'openai',
  cache_write_long_tokens: 0,
  cached_audio_tokens: 0,
  image_output_tokens: 0,
  parts: [],
  upstream: null,
  upstream_cost_usd: null,
  table_cost_usd: null,
  cost_source: 'table',
  route: null,
  ...fields,
});

/** A call of 3,485 input and 1,110 output tokens at $2.50 and $10, and $0.00555 that this does not explain. */
export const withReceipt = (fields: Partial<Call> = {}): CallWithReceipt => {
  const one = call(fields);
  return {
    ...one,
    receipt: {
      price: {
        id: 49,
        provider: 'openai',
        model: 'gpt-5.4',
        service_tier: 'default',
        above_input_tokens: 0,
        effective_from: '2026-03-05T00:00:00Z',
      },
      tokens: [
        { bucket: 'input', tokens: 3485, rate: '2.5', amount_usd: '0.0087125' },
        { bucket: 'output', tokens: 1110, rate: '10', amount_usd: '0.0111' },
      ],
      parts: [],
      fees: [],
      other_usd: '0.00555',
      upstream: null,
      total_usd: one.cost_usd,
    },
  };
};
