// Mock responses typed by the generated schema, so that a renamed field breaks compilation.
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import type { components, paths } from '../api/schema.gen';
import { addSums } from '../lib/metrics';

type Schemas = components['schemas'];
type Path = keyof paths & string;

const at = (path: Path) => `${location.origin}${path}`;

/** Who the key is and the state of the sums are asked for on every page. */
export const server = setupServer(
  http.get(at('/api/usage/me'), () => HttpResponse.json(me())),
  http.get(at('/api/usage/health'), () => HttpResponse.json(health())),
  http.get(at('/api/keys'), () => HttpResponse.json({ data: [], next_cursor: null })),
  http.get(at('/v1/models'), () => HttpResponse.json({ data: [{ id: 'gpt-listed' }] })),
  http.get(at('/api/usage/stated-costs'), () => HttpResponse.json(statedCosts())),
  http.get(at('/api/limits'), () => HttpResponse.json({ data: [], next_cursor: null })),
  http.get(at('/api/usage/timeseries'), () => new Promise<never>(() => {})),
);

/** No upstream states costs. */
const statedCosts = (): Schemas['StatedCostReport'] => ({
  from: '2026-11-22T00:00:00Z',
  to: '2026-11-29T00:00:00Z',
  tolerance_percent: 1,
  differing_calls: 0,
  fallback_calls: 0,
  rows: [],
});

export function mockMe(fields: Partial<Schemas['Me']>) {
  server.use(http.get(at('/api/usage/me'), () => HttpResponse.json(me(fields))));
}

export function mockMeFailure(problem: Schemas['Problem']) {
  server.use(http.get(at('/api/usage/me'), () => problemResponse(problem)));
}

/** Summaries and series of these rows, grouped as asked. All calls are in one bucket. */
export function mockSummary(rows: Schemas['SummaryRow'][]) {
  server.use(
    http.get(at('/api/usage/summary'), ({ request }) => {
      const by = new URL(request.url).searchParams.get('group_by') ?? 'model,user_label';
      return HttpResponse.json(groupRows(rows, by));
    }),
    http.get(at('/api/usage/timeseries'), ({ request }) => {
      const query = new URL(request.url).searchParams;
      const start = query.get('from') ?? '2026-11-01T00:00:00Z';
      const series = groupRows(rows, query.get('group_by') ?? 'model').map((row) => ({
        group: { model: row.model ?? null, user_label: row.user_label ?? null },
        is_other: false,
        points: [{ ...row, start }],
      }));
      return HttpResponse.json({
        interval: query.get('interval') ?? 'day',
        tz: query.get('tz') ?? 'UTC',
        from: start,
        to: query.get('to') ?? start,
        series,
      } satisfies Schemas['Timeseries']);
    }),
  );
}

function groupRows(rows: Schemas['SummaryRow'][], by: string): Schemas['SummaryRow'][] {
  const names = by === 'none' ? [] : (by.split(',') as ('model' | 'user_label')[]);
  const groups = new Map<string, Schemas['SummaryRow'][]>();
  for (const row of rows) {
    const id = JSON.stringify(names.map((name) => row[name]));
    groups.set(id, [...(groups.get(id) ?? []), row]);
  }
  // `none` is one row also without calls.
  const members = by === 'none' && rows.length === 0 ? [[]] : [...groups.values()];
  return members.map((group) => ({
    ...addSums(group),
    ...Object.fromEntries(names.map((name) => [name, group[0]?.[name] ?? null])),
    last_call_at: group[0]?.last_call_at ?? null,
  }));
}

export function mockSummaryPending() {
  server.use(http.get(at('/api/usage/summary'), () => new Promise<never>(() => {})));
}

export function mockSummaryFailure(problem: Schemas['Problem']) {
  server.use(http.get(at('/api/usage/summary'), () => problemResponse(problem)));
}

interface SentChat {
  body: { model: string; messages: { role: string; content: string }[] };
  headers: Headers;
}

/** Streams these events in answer to chats, and records the requests. */
export function mockChat(events: unknown[]) {
  const requests: SentChat[] = [];
  server.use(
    http.post<never, SentChat['body']>(at('/v1/chat/completions'), async ({ request }) => {
      requests.push({ body: await request.json(), headers: request.headers });
      const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
      return new HttpResponse(`${text}data: [DONE]\n\n`, {
        headers: {
          'content-type': 'text/event-stream',
          'x-tokenmeter-call-id': 'call_1',
          'x-tokenmeter-overhead-ms': '2.5',
        },
      });
    }),
  );
  return requests;
}

/** Refuses chats in OpenAI's shape. */
export function mockChatRefusal(
  status: number,
  error: { message: string; code: string },
  headers: Record<string, string> = {},
) {
  server.use(
    http.post(at('/v1/chat/completions'), () =>
      HttpResponse.json({ error }, { status, headers: { 'x-request-id': 'call_1', ...headers } }),
    ),
  );
}

/** The call of the id `call_1`, as the ledger has it. */
export function mockCall(fields: Partial<Schemas['Call']> = {}) {
  server.use(
    http.get(at('/api/usage/calls/{id}').replace('{id}', ':id'), () =>
      HttpResponse.json(call(fields)),
    ),
  );
}

function problemResponse(problem: Schemas['Problem']) {
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
  detail: 'Details of the failure.',
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

export const call = (fields: Partial<Schemas['Call']> = {}): Partial<Schemas['Call']> => ({
  id: 'call_1',
  status: 'settled',
  model: 'gpt-4o-mini',
  user_label: 'alice',
  input_tokens: 1200,
  output_tokens: 34,
  cost_usd: '0.000200400000',
  ...fields,
});

const sums = {
  total_input_tokens: 0,
  total_output_tokens: 0,
  total_cached_tokens: 0,
  total_reasoning_tokens: 0,
  calls: 0,
  failed_calls: 0,
  estimated_calls: 0,
  unpriced_calls: 0,
  cost_usd: null,
  latency_p50_ms: null,
  latency_p95_ms: null,
};

export const me = (fields: Partial<Schemas['Me']> = {}): Schemas['Me'] => ({
  key_id: 'key_1',
  name: 'test key',
  user_label: null,
  scopes: ['admin'],
  models: null,
  accepts_provider_keys: false,
  expires_at: null,
  secret_expires_at: null,
  limits: [],
  today: { ...sums, from: '2026-11-29T00:00:00Z' },
  this_month: { ...sums, from: '2026-11-01T00:00:00Z' },
  ...fields,
});

export const health = (fields: Partial<Schemas['UsageHealth']> = {}): Schemas['UsageHealth'] => ({
  status: 'ok',
  lag_seconds: 4,
  sealed_until: '2026-11-29T17:09:22Z',
  checked_at: '2026-11-29T17:00:00Z',
  checked_until: '2026-11-29T16:00:00Z',
  differences: 0,
  price_sum_differences: 0,
  dropped_until: null,
  ...fields,
});
