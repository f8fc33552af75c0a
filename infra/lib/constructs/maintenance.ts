/** `maintain`, twice: `Migrate` prepares the database before the other functions change, `Maintain` runs each minute. */

import { Duration, Validations } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as triggers from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import type { DatabaseAccess } from './database-access.ts';
import { type Platform, RustFunction } from './rust-function.ts';

export interface MaintenanceProps {
  readonly platform: Platform;
  readonly database: DatabaseAccess;
  readonly reservedConcurrency: number | undefined;
  /** Where the first admin key is written to, and the pepper that it is hashed with. */
  readonly firstAdminKey: secretsmanager.ISecret;
  readonly keyPepper: secretsmanager.ISecret;
  /** Full months of single calls to keep besides the current one; undefined keeps all. */
  readonly retentionMonths: number | undefined;
  /** Receivers of limit events. */
  readonly limitEvents: LimitEvents;
  /** Asks the provider about calls in the background with it. */
  readonly providerKey: secretsmanager.ISecret;
  /** Admin key for OpenAI's usage and costs; undefined fetches nothing. */
  readonly adminKey: secretsmanager.ISecret | undefined;
  /** The same for Anthropic's. */
  readonly anthropicAdminKey: secretsmanager.ISecret | undefined;
  /** Base URL of the provider, if it is not OpenAI. */
  readonly openaiApiBase: string | undefined;
}

export interface LimitEvents {
  /** URL and signing secret; undefined for no webhook. */
  readonly webhook: { readonly url: string; readonly secret: secretsmanager.ISecret } | undefined;
  /** Whether to create an SNS topic. */
  readonly topic: boolean;
}

export class Maintenance extends Construct {
  readonly maintain: RustFunction;
  readonly migrate: RustFunction;
  readonly limitEventsTopic: sns.Topic | undefined;
  private readonly migrations: triggers.Trigger;

  constructor(scope: Construct, id: string, props: MaintenanceProps) {
    super(scope, id);

    this.maintain = new RustFunction(this, 'Maintain', {
      platform: props.platform,
      name: 'maintain',
      description: 'Tokenmeter: sweeps, rollups, partitions and limit events each minute',
      timeout: Duration.minutes(10),
      reservedConcurrency: props.reservedConcurrency,
      // The next run comes within a minute.
      retryAttempts: 0,
      environment: { ...(props.retentionMonths && { RETENTION_MONTHS: String(props.retentionMonths) }) },
    });
    this.maintain.connectAsOwner(props.database);
    this.maintain.readSecret('OPENAI_SECRET_ARN', props.providerKey);
    if (props.adminKey) this.maintain.readSecret('OPENAI_ADMIN_SECRET_ARN', props.adminKey);
    if (props.anthropicAdminKey) this.maintain.readSecret('ANTHROPIC_ADMIN_SECRET_ARN', props.anthropicAdminKey);
    if (props.openaiApiBase) this.maintain.function.addEnvironment('OPENAI_API_BASE', props.openaiApiBase);
    const { webhook, topic } = props.limitEvents;
    if (webhook) {
      this.maintain.function.addEnvironment('LIMIT_EVENTS_WEBHOOK_URL', webhook.url);
      this.maintain.readSecret('LIMIT_EVENTS_WEBHOOK_SECRET_ARN', webhook.secret);
    }
    this.limitEventsTopic = topic ? this.addTopic() : undefined;

    this.migrate = this.addMigrate(props);
    // Migrations are part of the binary, and a restored database may have an older schema: either makes a new version
    // of the function, which triggers them again.
    this.migrations = new triggers.Trigger(this, 'Migrations', {
      handler: this.migrate.function,
      timeout: this.migrate.timeout,
      executeOnHandlerChange: true,
    });

    new events.Rule(this, 'EachMinute', {
      description: 'Tokenmeter: maintenance',
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [
        new targets.LambdaFunction(this.maintain.function, {
          // Without an action it would check for migrations each minute.
          event: events.RuleTargetInput.fromObject({ action: 'tick' }),
          retryAttempts: 0,
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
  }

  /** Creates or changes the dependents only after the migrations succeeded. */
  migrateBefore(...dependents: Construct[]): void {
    this.migrations.executeBefore(...dependents);
  }

  /**
   * A function of its own: a trigger sends no payload, so what an empty one means is a setting. The work of a tick, which
   * may fail for other reasons, fails no deployment, and only this function reads the pepper and writes the first key.
   */
  private addMigrate(props: MaintenanceProps): RustFunction {
    const migrate = new RustFunction(this, 'Migrate', {
      platform: props.platform,
      name: 'maintain',
      description: 'Tokenmeter: migrations and the first admin key, on deploy',
      timeout: Duration.minutes(15),
      // A deployment must not wait for the runs of each minute.
      reservedConcurrency: undefined,
      retryAttempts: 0,
      environment: { DEFAULT_ACTION: 'migrate' },
    });
    migrate.connectAsOwner(props.database);
    migrate.readSecret('KEY_PEPPER_SECRET_ARN', props.keyPepper);
    migrate.writeSecret('FIRST_ADMIN_KEY_SECRET_ARN', props.firstAdminKey);
    return migrate;
  }

  /** Reached over the functions' egress, like the secrets: an interface endpoint would cost by the hour. */
  private addTopic(): sns.Topic {
    const topic = new sns.Topic(this, 'LimitEvents', { displayName: 'Tokenmeter limit events', enforceSSL: true });
    Validations.of(topic).acknowledge({
      id: 'AwsSolutions-SNS2',
      reason: 'Carries labels and amounts only; a customer-managed key would cost more than the publisher.',
    });
    topic.grantPublish(this.maintain.function);
    this.maintain.function.addEnvironment('LIMIT_EVENTS_TOPIC_ARN', topic.topicArn);
    return topic;
  }
}
