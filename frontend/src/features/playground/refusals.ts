// Titles of refusals. The API's own message follows below.
import type { ChatError } from './stream';

export interface Refusal {
  title: string;
  /** The page where an administrator can change what refused the call. */
  page?: { path: string; text: string };
  /** Waiting helps: after how many milliseconds. */
  retryAfterMs?: number;
}

const LIMITS = { path: '/limits', text: 'Open Limits' };
const PRICES = { path: '/prices', text: 'Open Prices' };
const KEYS = { path: '/keys', text: 'Open Keys' };
const DEFAULT_WAIT_MS = 1_000;

export function refusalOf({ code, about }: ChatError): Refusal {
  const wait = about.retryAfterMs ?? DEFAULT_WAIT_MS;
  switch (code) {
    case 'budget_exceeded':
      return { title: 'The budget is used up', page: LIMITS };
    case 'quota_exceeded':
      return { title: 'The quota is used up', page: LIMITS };
    case 'budget_reserved':
      return { title: 'Calls in flight hold the rest of the budget', retryAfterMs: wait };
    case 'rate_limit_exceeded':
      return { title: 'Too many calls at this moment', retryAfterMs: wait, page: LIMITS };
    case 'request_exceeds_limit':
      return { title: 'This request needs more than the limit has left', page: LIMITS };
    case 'unbounded_request':
      return { title: 'A limit refuses requests without a maximum of output tokens', page: LIMITS };
    case 'model_not_priced':
      return { title: 'A spending limit needs a price for this model', page: PRICES };
    case 'model_not_allowed':
      return { title: 'Your key may not use this model', page: KEYS };
    case 'label_not_allowed':
      return { title: 'Your key may not use this label', page: KEYS };
    case 'scope_missing':
      return { title: 'Your key may not send chats: it needs the scope chat', page: KEYS };
    case 'invalid_api_key':
      return { title: 'The key was rejected' };
    case 'provider_key_missing':
    case 'provider_key_rejected':
      return { title: 'The deployment has no working provider key' };
    case 'stream_cut':
      return { title: 'The answer is incomplete' };
    case 'unreachable':
      return { title: 'Cannot reach the API' };
    default:
      return { title: about.status ? `The call failed (HTTP ${about.status})` : 'The call failed' };
  }
}
