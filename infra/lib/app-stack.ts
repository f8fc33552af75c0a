/** The replaceable stack: functions, API, dashboard and alarms. */

import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Artifacts } from './artifacts.ts';
import { Alarms } from './constructs/alarms.ts';
import { ApiDomain } from './constructs/api-domain.ts';
import { Dashboard, type DashboardDomain } from './constructs/dashboard.ts';
import { DataAccess } from './constructs/data-access.ts';
import { Firewall } from './constructs/firewall.ts';
import { Maintenance, type MaintenanceProps } from './constructs/maintenance.ts';
import { Metrics } from './constructs/metrics.ts';
import { ZONES } from './constructs/network.ts';
import { Overview } from './constructs/overview.ts';
import { Release } from './constructs/release.ts';
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

interface Functions {
  readonly chat: RustFunction;
  readonly summary: RustFunction;
  readonly admin: RustFunction;
  readonly maintenance: Maintenance;
}

export class AppStack extends Stack {
  private readonly settings: Settings;

  constructor(scope: Construct, id: string, props: AppStackProps) {
    super(scope, id, props);
    const { settings, artifacts, values } = props;
    this.settings = settings;
    const data = new DataAccess(this, 'Data', {
      values,
      functionSubnets: settings.vpcId ? settings.functionSubnetIds.length : ZONES,
    });
    const platform: Platform = {
      artifacts,
      architecture: settings.architecture,
      network: data.network,
      // `parseSettings` accepts only values of this enumeration.
      logRetention: settings.logRetentionDays satisfies logs.RetentionDays,
      ipv6: settings.vpcId === undefined || settings.vpcIpv6,
      ipv6Only: settings.egress === 'none',
      tracing: settings.tracing,
      generation: data.generation,
    };

    const functions = this.addFunctions(platform, data);
    const rest = this.addApi(functions);
    const dashboard = new Dashboard(this, 'Dashboard', { artifacts, api: rest.api, domain: this.dashboardDomain() });
    const { chat, summary, admin, maintenance } = functions;
    const { maintain } = maintenance;
    const metrics = new Metrics(this, 'Metrics', { chat, maintain });
    new Overview(this, 'Overview', {
      metrics,
      functions: { chat, summary, admin, maintain },
      database: data.database.instance,
    });
    const alarms = new Alarms(this, 'Alarms', {
      ...functions,
      settings,
      api: rest.api,
      metrics,
      maintain,
      database: data.database.instance,
    });
    const release = new Release(this, 'Release', {
      shift: settings.trafficShift,
      functions: { Chat: chat, Summary: summary, Admin: admin },
      alarms: alarms.ofRelease,
    });
    // Pages may use what only the new version answers, and are not uploaded if it is rolled back.
    dashboard.upload.node.addDependency(release, chat.live, summary.live, admin.live);
    this.addOutputs(rest, dashboard, alarms, functions);
  }

  private addFunctions(platform: Platform, data: DataAccess): Functions {
    const { settings } = this;
    const keyPepper = data.secret('key-pepper-arn');
    const providerKey = data.secret('provider-key-arn');
    // The deployment's own provider key pays; callers authenticate with Tokenmeter keys. `summary` reports the setting.
    const providerKeys = { ACCEPT_PROVIDER_KEYS: 'false' };
    const chat = new RustFunction(this, 'Chat', {
      platform,
      name: 'chat',
      description: 'Tokenmeter: admits, forwards and meters calls to the provider',
      // One minute below the gateway's timeout. Five seconds before its own, the function stops upstream and settles.
      timeout: Duration.minutes(14),
      deadline: Duration.seconds(settings.upstreamTimeoutSeconds),
      reservedConcurrency: this.reserved(settings.chatConcurrency),
      environment: {
        ...providerKeys,
        UPSTREAM_TIMEOUT_SECONDS: String(settings.upstreamTimeoutSeconds),
        BACKGROUND_DEADLINE_HOURS: String(settings.backgroundDeadlineHours),
        ...(settings.openaiApiBase && { OPENAI_API_BASE: settings.openaiApiBase }),
      },
    });
    chat.connectTo(data.database, 'chat');
    chat.readSecret('OPENAI_SECRET_ARN', providerKey);
    if (settings.anthropicKey) chat.readSecret('ANTHROPIC_SECRET_ARN', data.secret('anthropic-key-arn'));
    if (settings.geminiKey) chat.readSecret('GEMINI_SECRET_ARN', data.secret('gemini-key-arn'));
    if (settings.bedrockRegion) chat.invokeModels(settings.bedrockRegion);
    chat.readSecret('KEY_PEPPER_SECRET_ARN', keyPepper);
    // Administrators choose where the keys of upstreams are sent, so no other secret may have such a name.
    chat.readSecretsBelow('tokenmeter/upstreams/');

    const summary = new RustFunction(this, 'Summary', {
      platform,
      name: 'summary',
      description: 'Tokenmeter: usage, API description and health',
      // Exports can run long.
      timeout: Duration.minutes(5),
      reservedConcurrency: this.reserved(settings.summaryConcurrency),
      environment: providerKeys,
    });
    summary.connectTo(data.database, 'summary');
    summary.readSecret('KEY_PEPPER_SECRET_ARN', keyPepper);

    const admin = new RustFunction(this, 'Admin', {
      platform,
      name: 'admin',
      description: 'Tokenmeter: keys, limits, prices and the audit log',
      timeout: Duration.seconds(29),
      reservedConcurrency: this.reserved(settings.adminConcurrency),
    });
    admin.connectTo(data.database, 'admin');
    admin.readSecret('KEY_PEPPER_SECRET_ARN', keyPepper);

    const maintenance = this.addMaintenance(platform, data, { keyPepper, providerKey });
    maintenance.migrateBefore(chat.function, summary.function, admin.function);
    return { chat, summary, admin, maintenance };
  }

  private addMaintenance(
    platform: Platform,
    data: DataAccess,
    secrets: Pick<MaintenanceProps, 'keyPepper' | 'providerKey'>,
  ): Maintenance {
    const { settings } = this;
    return new Maintenance(this, 'Maintenance', {
      platform,
      database: data.database,
      firstAdminKey: data.secret('first-admin-key-arn'),
      ...secrets,
      reservedConcurrency: this.reserved(MAINTAIN_CONCURRENCY),
      retentionMonths: settings.retentionMonths,
      adminKey: settings.openaiAdminKey ? data.secret('admin-key-arn') : undefined,
      anthropicAdminKey: settings.anthropicAdminKey ? data.secret('anthropic-admin-key-arn') : undefined,
      openaiApiBase: settings.openaiApiBase,
      limitEvents: {
        webhook: settings.limitEventsWebhookUrl
          ? { url: settings.limitEventsWebhookUrl, secret: data.secret('webhook-secret-arn') }
          : undefined,
        topic: settings.limitEventsTopic,
      },
    });
  }

  private addApi({ chat, summary, admin }: Functions): RestApi {
    const { settings } = this;
    const rest = new RestApi(this, 'Rest', {
      logRetention: settings.logRetentionDays,
      accountLogRole: settings.apiGatewayLogRole,
      rateLimit: settings.apiRateLimit,
      burstLimit: settings.apiBurstLimit,
      hasFirewall: settings.firewall,
      tracing: settings.tracing,
    });
    rest.stream(chat, ['/v1/{proxy+}', '/api/llm/chat']);
    // Clients with a wrong base URL: the function says which path they mean.
    rest.stream(chat, ['/v1', '/openai/{proxy+}', '/chat/completions', '/responses', '/embeddings', '/models']);
    // Paths below the names of upstreams, and Gemini's, which begin with a version. Every other route is more specific.
    rest.stream(chat, ['/{upstream}/{proxy+}']);
    // Exports exceed the buffered response limit.
    rest.stream(summary, ['/api/usage/{proxy+}', '/openapi.json', '/docs', '/docs/{proxy+}', '/healthz']);
    rest.buffer(
      admin,
      ['/api/keys', '/api/limits', '/api/prices', '/api/upstreams', '/api/model-routes'].flatMap((path) => [
        path,
        `${path}/{proxy+}`,
      ]),
    );
    rest.buffer(admin, ['/api/audit']);

    if (settings.firewall) {
      new Firewall(this, 'Firewall', { stage: rest.api.deploymentStage, rateLimit: settings.firewallRateLimit });
    }
    const { domainName, certificateArn, hostedZoneId } = settings;
    if (domainName && certificateArn) {
      new ApiDomain(this, 'ApiDomain', { api: rest.api, domainName, certificateArn, hostedZoneId });
    }
    return rest;
  }

  private dashboardDomain(): DashboardDomain | undefined {
    const { dashboardDomainName: domainName, dashboardCertificateArn: certificateArn, hostedZoneId } = this.settings;
    return domainName && certificateArn ? { domainName, certificateArn, hostedZoneId } : undefined;
  }

  private addOutputs(rest: RestApi, dashboard: Dashboard, alarms: Alarms, { chat, maintenance }: Functions): void {
    const { domainName, dashboardDomainName } = this.settings;
    const { distributionDomainName } = dashboard.distribution;
    new CfnOutput(this, 'BaseUrl', {
      value: domainName ? `https://${domainName}/v1` : rest.api.urlForPath('/v1'),
      description: 'base_url for OpenAI SDKs',
    });
    new CfnOutput(this, 'DashboardUrl', { value: `https://${dashboardDomainName ?? distributionDomainName}` });
    if (dashboardDomainName) {
      new CfnOutput(this, 'DashboardDomainTarget', {
        value: distributionDomainName,
        description: `Target of the CNAME record of ${dashboardDomainName}, unless hostedZoneId is set`,
      });
    }
    new CfnOutput(this, 'AlarmTopic', { value: alarms.topic.topicArn });
    new CfnOutput(this, 'ChatFunction', { value: chat.function.functionName });
    new CfnOutput(this, 'MigrateFunction', { value: maintenance.migrate.function.functionName });
    new CfnOutput(this, 'MaintainFunction', { value: maintenance.maintain.function.functionName });
    if (maintenance.limitEventsTopic) {
      new CfnOutput(this, 'LimitEventsTopic', { value: maintenance.limitEventsTopic.topicArn });
    }
  }

  /** Concurrency to reserve, unless the account has none to spare. */
  private reserved(environments: number): number | undefined {
    return this.settings.reserveConcurrency ? environments : undefined;
  }
}
