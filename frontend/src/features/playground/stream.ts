// One streamed chat through the OpenAI-compatible API, in the form that OpenAI's own clients send.
import { bearer } from '../../api/client';
import { session } from '../../lib/session';
import { eventData } from '../../lib/sse';

export interface ChatInput {
  label: string;
  model: string;
  prompt: string;
  system?: string;
  maxOutput?: number;
  /** `name=value` */
  tags: string[];
  /** Used in place of the session's key, for this request only. */
  providerKey?: string;
}

export interface ChatUsage {
  input: number;
  output: number;
}

export type ChatUpdate =
  | { kind: 'opened'; callId?: string; overheadMs?: number }
  | { kind: 'text'; text: string }
  | { kind: 'usage'; usage: ChatUsage };

/** A refusal or failure in OpenAI's shape. */
export class ChatError extends Error {
  override readonly name = 'ChatError';

  constructor(
    message: string,
    readonly code: string | undefined,
    readonly about: { status?: number; requestId?: string; retryAfterMs?: number } = {},
  ) {
    super(message);
  }
}

export const requestBody = (input: ChatInput) => ({
  model: input.model,
  messages: [
    ...(input.system ? [{ role: 'system', content: input.system }] : []),
    { role: 'user', content: input.prompt },
  ],
  ...(input.maxOutput && { max_completion_tokens: input.maxOutput }),
});

/** A header holds bytes: text beyond Latin-1 travels as UTF-8. */
const headerText = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));

export async function* streamChat(
  input: ChatInput,
  signal: AbortSignal,
): AsyncGenerator<ChatUpdate> {
  const response = await send(input, signal);
  const number = (name: string) => {
    const text = response.headers.get(name);
    return text === null ? undefined : Number(text);
  };
  const callId = response.headers.get('x-tokenmeter-call-id') ?? undefined;
  yield { kind: 'opened', callId, overheadMs: number('x-tokenmeter-overhead-ms') };
  if (!response.ok || !response.body) {
    throw chatError(await response.json().catch(() => undefined), {
      status: response.status,
      requestId: response.headers.get('x-request-id') ?? callId,
      retryAfterMs: number('retry-after-ms'),
    });
  }
  for await (const data of eventData(response.body)) {
    if (data === '[DONE]') return;
    const event = parse(data);
    if (event.error) throw chatError(event, { requestId: callId });
    const text = event.choices?.[0]?.delta?.content;
    if (text) yield { kind: 'text', text };
    if (event.usage) {
      const { prompt_tokens: sent, completion_tokens: received } = event.usage;
      yield { kind: 'usage', usage: { input: sent, output: received } };
    }
  }
  throw new ChatError('The stream ended before the answer was complete.', 'stream_cut', {
    requestId: callId,
  });
}

async function send(input: ChatInput, signal: AbortSignal): Promise<Response> {
  const key = input.providerKey ?? session.key() ?? '';
  try {
    return await fetch('/v1/chat/completions', {
      method: 'POST',
      signal,
      headers: {
        authorization: bearer(key),
        'content-type': 'application/json',
        'x-user-label': headerText(input.label),
        'x-usage-tags': headerText(input.tags.join(',')),
      },
      body: JSON.stringify({
        ...requestBody(input),
        stream: true,
        stream_options: { include_usage: true },
      }),
    });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new ChatError('The API could not be reached. Check your connection.', 'unreachable');
  }
}

interface StreamEvent {
  choices?: { delta?: { content?: string | null } }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
  error?: unknown;
}

function parse(data: string): StreamEvent {
  try {
    return JSON.parse(data) as StreamEvent;
  } catch {
    return {};
  }
}

function chatError(body: unknown, about: ChatError['about']): ChatError {
  const error = (body as { error?: { message?: unknown; code?: unknown } } | undefined)?.error;
  const message = typeof error?.message === 'string' ? error.message : undefined;
  const code = typeof error?.code === 'string' ? error.code : undefined;
  return new ChatError(message ?? `The API answered with HTTP ${about.status}.`, code, about);
}
