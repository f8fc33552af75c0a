/** The replaceable stack: functions, API, dashboard and alarms. */

import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Artifacts } from './artifacts.ts';
import { Alarms } from './constructs/alarms.ts';
import { Dashboard } from './constructs/dashboard.ts';
import { DataAccess } from './constructs/data-access.ts';
import { Maintenance } from './constructs/maintenance.ts';
import { ZONES } from './constructs/network.ts';
import { RestApi } from './constructs/rest-api.ts';
import { type Platform, RustFunction } from './constructs/rust-function.ts';
import type { DataValues } from './data-values.ts';
import { MAINTAIN_CONCURRENCY } from './settings/checks.ts';
import type { Settings } from './settings.ts';

export interface AppStackProps extends StackProps {
  readonly settings: Settings;
  readonly artifacts: Artifacts;
  /** What the data stack published when it was deployed. */
  readonly values: DataValues;
}

export class AppStack extends Stack {
  constructor(scope: Construct, id: string, props: AppStackProps) {
    super(scope, id, props);
    const { settings, artifacts, values } = props;
    const data = new DataAccess(this, 'Data', { values, functionSubnets: ZONES });
    const keyPepper = data.secret('key-pepper-arn');

    // `parseSettings` accepts only values of this enumeration.
    const logRetention: logs.RetentionDays = settings.logRetentionDays;
    const platform: Platform = {
      artifacts,
      architecture: settings.architecture,
      network: data.network,
      logRetention,
      ipv6Only: settings.egress === 'none',
    };
    const reserved = (environments: number) => (settings.reserveConcurrency ? environments : undefined);

    const chat = new RustFunction(this, 'Chat', {
      platform,
      name: 'chat',
      description: 'Tokenmeter: admits, forwards and meters calls to the provider',
      // One minute below the gateway's timeout. Five seconds before its own, the function stops upstream and settles.
      timeout: Duration.minutes(14),
      deadline: Duration.seconds(settings.upstreamTimeoutSeconds),
      reservedConcurrency: reserved(settings.chatConcurrency),
      environment: {
        // The deployment's own provider key pays; callers authenticate with Tokenmeter keys.
        ACCEPT_PROVIDER_KEYS: 'false',
        UPSTREAM_TIMEOUT_SECONDS: String(settings.upstreamTimeoutSeconds),
        ...(settings.openaiApiBase && { OPENAI_API_BASE: settings.openaiApiBase }),
      },
    });
    chat.connectTo(data.database, 'chat');
    chat.readSecret('OPENAI_SECRET_ARN', data.secret('provider-key-arn'));
    chat.readSecret('KEY_PEPPER_SECRET_ARN', keyPepper);

    const summary = new RustFunction(this, 'Summary', {
      platform,
      name: 'summary',
      description: 'Tokenmeter: usage, API description and health',
      // Exports can run long.
      timeout: Duration.minutes(5),
      reservedConcurrency: reserved(settings.summaryConcurrency),
    });
    summary.connectTo(data.database, 'summary');
    summary.readSecret('KEY_PEPPER_SECRET_ARN', keyPepper);

    const admin = new RustFunction(this, 'Admin', {
      platform,
      name: 'admin',
      description: 'Tokenmeter: keys, limits, prices and the audit log',
      timeout: Duration.seconds(29),
      reservedConcurrency: reserved(settings.adminConcurrency),
    });
    admin.connectTo(data.database, 'admin');
    admin.readSecret('KEY_PEPPER_SECRET_ARN', keyPepper);

    const maintenance = new Maintenance(this, 'Maintenance', {
      platform,
      database: data.database,
      restoredFrom: settings.databaseSnapshot ?? settings.databaseRestoreTime,
      reservedConcurrency: reserved(MAINTAIN_CONCURRENCY),
      retentionMonths: settings.retentionMonths,
      adminKey: settings.openaiAdminKey ? data.secret('admin-key-arn') : undefined,
      openaiApiBase: settings.openaiApiBase,
      limitEvents: {
        webhook: settings.limitEventsWebhookUrl
          ? { url: settings.limitEventsWebhookUrl, secret: data.secret('webhook-secret-arn') }
          : undefined,
        topic: settings.limitEventsTopic,
      },
    });
    maintenance.migrateBefore(chat.function, summary.function, admin.function);

    const rest = new RestApi(this, 'Rest', { logRetention, accountLogRole: settings.apiGatewayLogRole });
    rest.stream(chat, ['/v1/{proxy+}', '/api/llm/chat']);
    // Exports exceed the buffered response limit.
    rest.stream(summary, ['/api/usage/{proxy+}', '/openapi.json', '/docs', '/docs/{proxy+}', '/healthz']);
    rest.buffer(
      admin,
      ['/api/keys', '/api/limits', '/api/prices'].flatMap((path) => [path, `${path}/{proxy+}`]),
    );
    rest.buffer(admin, ['/api/audit']);

    const dashboard = new Dashboard(this, 'Dashboard', { artifacts, api: rest.api });

    const alarms = new Alarms(this, 'Alarms', {
      settings,
      api: rest.api,
      chat,
      summary,
      admin,
      maintain: maintenance.maintain,
      database: data.database.instance,
    });

    new CfnOutput(this, 'BaseUrl', { value: rest.api.urlForPath('/v1'), description: 'base_url for OpenAI SDKs' });
    new CfnOutput(this, 'DashboardUrl', { value: `https://${dashboard.distribution.distributionDomainName}` });
    new CfnOutput(this, 'AlarmTopic', { value: alarms.topic.topicArn });
    if (maintenance.limitEventsTopic) {
      new CfnOutput(this, 'LimitEventsTopic', { value: maintenance.limitEventsTopic.topicArn });
    }
  }
}
