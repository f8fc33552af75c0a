/** Responses that the gateway creates itself: readable from other origins and by both kinds of client. */

import * as apigateway from 'aws-cdk-lib/aws-apigateway';

/**
 * One body in two formats, because the gateway cannot distinguish the clients: OpenAI's SDKs read `error`, clients of
 * `/api` read the members of RFC 9457.
 */
function body(type: apigateway.ResponseType, status: number | undefined): Record<string, string> {
  // The gateway's own message for unknown paths is "Missing Authentication Token".
  const isUnknownPath = type === apigateway.ResponseType.MISSING_AUTHENTICATION_TOKEN;
  const message = isUnknownPath
    ? '"Not found. The OpenAI-compatible API is under /v1: set the base URL of your client to this address followed by /v1."'
    : '$context.error.messageString';
  const code = isUnknownPath ? '"endpoint_not_supported"' : 'null';
  const problem = {
    type: 'about:blank',
    title: '$context.error.responseType',
    ...(status !== undefined && { status }),
    request_id: '$context.requestId',
  };
  const error = `{"message":${message},"type":"gateway_error","param":null,"code":${code}}`;
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
  // The function cannot accept the call; the caller may retry.
  [apigateway.ResponseType.INTEGRATION_FAILURE, 503],
  [apigateway.ResponseType.INTEGRATION_TIMEOUT, 504],
];

/** Another attempt can succeed at once: throttling refills within a second, and environments become free. */
const RETRY: ReadonlySet<number | undefined> = new Set([429, 503]);

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
