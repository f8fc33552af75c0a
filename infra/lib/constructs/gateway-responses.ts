/** Responses that the gateway creates itself: readable from other origins and by both kinds of client. */

import * as apigateway from 'aws-cdk-lib/aws-apigateway';

interface Message {
  readonly message: string;
  readonly code: string | null;
}

/** Where the gateway's own message would mislead. */
function messageOf(type: apigateway.ResponseType): Message | undefined {
  switch (type) {
    // The gateway's message is "Missing Authentication Token".
    case apigateway.ResponseType.MISSING_AUTHENTICATION_TOKEN:
      return {
        message:
          'Not found. The OpenAI-compatible API is under /v1: set the base URL of your client to this address followed by /v1.',
        code: 'endpoint_not_supported',
      };
    // Lambda did not accept the event: nearly always for want of concurrency, else because it is larger than 6 MB. The
    // gateway does not say which.
    case apigateway.ResponseType.INTEGRATION_FAILURE:
      return {
        message:
          'The service is at its concurrency limit: retry after a moment. If the request is larger than 6 MB, make it smaller.',
        code: 'concurrency_limit_exceeded',
      };
    case apigateway.ResponseType.REQUEST_TOO_LARGE:
      return { message: 'The request is too large: at most 6 MB are accepted.', code: 'request_too_large' };
    case apigateway.ResponseType.THROTTLED:
      return { message: 'Too many requests: retry after a moment.', code: 'rate_limit_exceeded' };
    default:
      return undefined;
  }
}

/**
 * One body in two formats, because the gateway cannot distinguish the clients: OpenAI's SDKs read `error`, clients of
 * `/api` read the members of RFC 9457.
 */
function body(type: apigateway.ResponseType, status: number | undefined): Record<string, string> {
  const own = messageOf(type);
  const message = own ? JSON.stringify(own.message) : '$context.error.messageString';
  const problem = {
    type: 'about:blank',
    title: '$context.error.responseType',
    ...(status !== undefined && { status }),
    request_id: '$context.requestId',
  };
  const kind = status === 429 ? 'rate_limit_error' : status === 413 ? 'invalid_request_error' : 'gateway_error';
  const error = `{"message":${message},"type":"${kind}","param":null,"code":${JSON.stringify(own?.code ?? null)}}`;
  const template = `${JSON.stringify(problem).slice(0, -1)},"detail":${message},"error":${error}}`;
  return { 'application/json': template };
}

const HEADERS = {
  'Access-Control-Allow-Origin': "'*'",
  'Access-Control-Expose-Headers': "'*'",
  'x-request-id': 'context.requestId',
};

const TYPES: readonly [apigateway.ResponseType, number | undefined][] = [
  [apigateway.ResponseType.DEFAULT_4XX, undefined],
  [apigateway.ResponseType.DEFAULT_5XX, undefined],
  // REST APIs return this for unknown paths.
  [apigateway.ResponseType.MISSING_AUTHENTICATION_TOKEN, 404],
  [apigateway.ResponseType.REQUEST_TOO_LARGE, 413],
  [apigateway.ResponseType.THROTTLED, 429],
  [apigateway.ResponseType.QUOTA_EXCEEDED, 429],
  // Lambda throttles: no environment is free. Clients back off after 429, and 503 would look like an outage.
  [apigateway.ResponseType.INTEGRATION_FAILURE, 429],
  [apigateway.ResponseType.INTEGRATION_TIMEOUT, 504],
];

/** Another attempt can succeed at once: throttling refills within a second, and environments become free. */
const RETRY: ReadonlySet<number | undefined> = new Set([429]);

export function addGatewayResponses(api: apigateway.RestApi): void {
  for (const [type, status] of TYPES) {
    api.addGatewayResponse(type.responseType, {
      type,
      responseHeaders: RETRY.has(status) ? { ...HEADERS, 'Retry-After': "'1'" } : HEADERS,
      templates: body(type, status),
      ...(status !== undefined && { statusCode: String(status) }),
    });
  }
}
