/** The regional REST API: which path goes to which function, streamed or whole, and what the gateway says on its own. */

import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { addGatewayResponses } from './gateway-responses.ts';
import type { RustFunction } from './rust-function.ts';

export interface RestApiProps {
  readonly logRetention: logs.RetentionDays;
  /** Sets the role of the whole account and region that API Gateway logs with. */
  readonly accountLogRole: boolean;
}

/** The most a streaming integration may take; functions end earlier, so that it is they who settle and say goodbye. */
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
      restApiName: 'tokenmeter',
      description: 'Tokenmeter: OpenAI drop-in under /v1, usage and administration under /api',
      // An edge-optimised endpoint cuts a stream after 30 s of silence, a regional one after five minutes.
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      cloudWatchRole: props.accountLogRole,
      deployOptions: {
        stageName: 'prod',
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLog),
        accessLogFormat: accessLogFormat(),
        loggingLevel: apigateway.MethodLoggingLevel.ERROR,
        // Would log prompts and keys.
        dataTraceEnabled: false,
      },
    });
    addGatewayResponses(this.api);

    Validations.of(this.api).acknowledge(
      {
        id: 'AwsSolutions-APIG2',
        reason: 'Functions validate: bodies pass through to the provider and errors follow its format.',
      },
      {
        id: 'AwsSolutions-APIG3',
        reason: 'Every call needs a key, and limits are enforced per key; a firewall is the choice of the operator.',
      },
      { id: 'AwsSolutions-APIG4', reason: 'Functions check bearer keys in the statement that also admits the call.' },
      { id: 'AwsSolutions-COG4', reason: 'Callers are programs with bearer keys, not people with accounts.' },
      {
        id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
        reason: 'The one policy AWS offers for the logging role of API Gateway.',
      },
    );
  }

  /** Answers are passed on as they are made. A function behind these must answer in streaming form alone. */
  stream(handler: RustFunction, paths: readonly string[]): void {
    this.route(
      paths,
      new apigateway.LambdaIntegration(handler.function, {
        responseTransferMode: apigateway.ResponseTransferMode.STREAM,
        timeout: STREAM_TIMEOUT,
        scopePermissionToMethod: false,
      }),
    );
  }

  /** Answers are passed on whole. */
  buffer(handler: RustFunction, paths: readonly string[]): void {
    this.route(
      paths,
      new apigateway.LambdaIntegration(handler.function, { timeout: BUFFERED_TIMEOUT, scopePermissionToMethod: false }),
    );
  }

  /** Every method goes to the function: the answer to a wrong one, and to a preflight, is the router's. */
  private route(paths: readonly string[], integration: apigateway.LambdaIntegration): void {
    for (const path of paths) {
      this.api.root.resourceForPath(path).addMethod('ANY', integration);
    }
  }
}

/** No header and no query: neither a key nor a label ends up in the log. */
function accessLogFormat(): apigateway.AccessLogFormat {
  return apigateway.AccessLogFormat.custom(
    JSON.stringify({
      request_id: '$context.requestId',
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
