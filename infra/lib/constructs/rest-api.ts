/** The regional REST API: routes to functions, streamed or buffered, and the gateway's own responses. */

import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { addGatewayResponses } from './gateway-responses.ts';
import type { RustFunction } from './rust-function.ts';

export interface RestApiProps {
  readonly logRetention: logs.RetentionDays;
  /** Sets the role with which API Gateway writes logs, for the whole account and region. */
  readonly accountLogRole: boolean;
  /** Requests per second of all callers together; undefined for the account's quota. */
  readonly rateLimit: number | undefined;
  /** Requests that may arrive at once. */
  readonly burstLimit: number | undefined;
  readonly hasFirewall: boolean;
  /** Whether X-Ray traces requests. */
  readonly tracing: boolean;
}

/** Maximum of a streaming integration. Functions time out earlier, so they can settle and end the stream properly. */
const STREAM_TIMEOUT = Duration.minutes(15);
const BUFFERED_TIMEOUT = Duration.seconds(29);

export class RestApi extends Construct {
  readonly api: apigateway.RestApi;

  constructor(scope: Construct, id: string, props: RestApiProps) {
    super(scope, id);

    const accessLog = new logs.LogGroup(this, 'AccessLog', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.api = new apigateway.RestApi(this, 'Api', {
      // Also a dimension of its metrics, which deployments must not share.
      restApiName: Stack.of(this).stackName,
      description: 'Tokenmeter: OpenAI drop-in under /v1, usage and administration under /api',
      // An edge-optimised endpoint cuts a stream after 30 s of silence, a regional one after five minutes.
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      // No binaryMediaTypes: with `*/*`, every request would reach a function as base64, which leaves 4.5 MB of the 6
      // MB of an event. Compressed requests are text by then, since the gateway decompresses them, and compressed
      // responses come from streaming integrations only, which pass bytes.
      cloudWatchRole: props.accountLogRole,
      deployOptions: {
        stageName: 'prod',
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLog),
        accessLogFormat: accessLogFormat(),
        loggingLevel: apigateway.MethodLoggingLevel.ERROR,
        throttlingRateLimit: props.rateLimit,
        throttlingBurstLimit: props.burstLimit,
        tracingEnabled: props.tracing,
        // It would log prompts and keys.
        dataTraceEnabled: false,
      },
    });
    addGatewayResponses(this.api);

    Validations.of(this.api).acknowledge(
      {
        id: 'AwsSolutions-APIG2',
        reason: 'Functions validate requests: bodies pass through to the provider, and errors follow its format.',
      },
      { id: 'AwsSolutions-APIG4', reason: 'Functions verify bearer keys in the statement that admits the call.' },
      { id: 'AwsSolutions-COG4', reason: 'Clients are programs with bearer keys, not people with accounts.' },
      {
        id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
        reason: 'The only policy that AWS offers for the API Gateway logging role.',
      },
    );
    if (!props.hasFirewall) {
      Validations.of(this.api).acknowledge({
        id: 'AwsSolutions-APIG3',
        reason: 'Every call needs a key, and limits apply per key; the setting `firewall` adds one.',
      });
    }
  }

  /** Forwards responses as they are produced. The function must always respond in streaming mode. */
  stream(handler: RustFunction, paths: readonly string[]): void {
    this.route(
      paths,
      new apigateway.LambdaIntegration(handler.live, {
        responseTransferMode: apigateway.ResponseTransferMode.STREAM,
        timeout: STREAM_TIMEOUT,
        scopePermissionToMethod: false,
      }),
    );
  }

  /** Forwards complete responses. */
  buffer(handler: RustFunction, paths: readonly string[]): void {
    this.route(
      paths,
      new apigateway.LambdaIntegration(handler.live, { timeout: BUFFERED_TIMEOUT, scopePermissionToMethod: false }),
    );
  }

  /** Forwards every method: the router responds to wrong methods and to preflight requests. */
  private route(paths: readonly string[], integration: apigateway.LambdaIntegration): void {
    for (const path of paths) {
      this.api.root.resourceForPath(path).addMethod('ANY', integration);
    }
  }
}

/** Omits headers and the query string, so that neither keys nor labels are logged. */
function accessLogFormat(): apigateway.AccessLogFormat {
  return apigateway.AccessLogFormat.custom(
    JSON.stringify({
      // Also in the log line of the call, beside the ids of the call and of the provider.
      request_id: '$context.requestId',
      invocation_id: '$context.integration.requestId',
      xray_trace_id: '$context.xrayTraceId',
      time: '$context.requestTimeEpoch',
      source_ip: '$context.identity.sourceIp',
      method: '$context.httpMethod',
      path: '$context.path',
      status: '$context.status',
      response_bytes: '$context.responseLength',
      response_latency_ms: '$context.responseLatency',
      integration_latency_ms: '$context.integration.latency',
      integration_status: '$context.integration.integrationStatus',
      error_type: '$context.error.responseType',
      integration_error: '$context.integration.error',
    }),
  );
}
