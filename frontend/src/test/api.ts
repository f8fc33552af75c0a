// An API made of answers that the generated schema accepts; a field renamed there stops these from compiling.
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import type { components, paths } from '../api/schema.gen';

type Schemas = components['schemas'];
type Path = keyof paths & string;

export const server = setupServer();

const at = (path: Path) => `${location.origin}${path}`;

export function summaryIs(rows: Schemas['SummaryRow'][]) {
  server.use(http.get(at('/api/usage/summary'), () => HttpResponse.json(rows)));
}

export function summaryNeverAnswers() {
  server.use(http.get(at('/api/usage/summary'), () => new Promise<never>(() => {})));
}

export function summaryFails(problem: Schemas['Problem']) {
  server.use(http.get(at('/api/usage/summary'), () => refusal(problem)));
}

/** Answers chats and keeps what was asked, key and all. */
export function chatIs(answer: Schemas['ChatResponse']) {
  const asked: { body: Schemas['ChatRequest']; authorization: string | null }[] = [];
  server.use(
    http.post<never, Schemas['ChatRequest']>(at('/api/llm/chat'), async ({ request }) => {
      asked.push({
        body: await request.json(),
        authorization: request.headers.get('authorization'),
      });
      return HttpResponse.json(answer);
    }),
  );
  return asked;
}

export function chatFails(problem: Schemas['Problem']) {
  server.use(http.post(at('/api/llm/chat'), () => refusal(problem)));
}

function refusal(problem: Schemas['Problem']) {
  return HttpResponse.json(problem, {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json' },
  });
}

export const problem = (
  status: number,
  title: string,
  rest: Partial<Schemas['Problem']> = {},
): Schemas['Problem'] => ({
  type: 'about:blank',
  title,
  status,
  detail: 'More about it.',
  request_id: 'call_1',
  ...rest,
});

export const summaryRow = (fields: Partial<Schemas['SummaryRow']> = {}): Schemas['SummaryRow'] => ({
  model: 'gpt-4o-mini',
  user_label: 'alice',
  total_input_tokens: 100,
  total_output_tokens: 20,
  total_cached_tokens: 0,
  total_reasoning_tokens: 0,
  calls: 1,
  failed_calls: 0,
  estimated_calls: 0,
  unpriced_calls: 0,
  cost_usd: '0.000027',
  latency_p50_ms: 412,
  latency_p95_ms: 1893,
  last_call_at: '2026-11-01T10:00:00Z',
  ...fields,
});

export const chatAnswer = (
  fields: Partial<Schemas['ChatResponse']> = {},
): Schemas['ChatResponse'] => ({
  content: 'Forty-two.',
  call_id: 'call_1',
  model: 'gpt-4o-mini-2024-07-18',
  usage: { input_tokens: 1200, output_tokens: 34, total_tokens: 1234 },
  cost_usd: '0.000200400000',
  ...fields,
});
