/** `maintain`: brings the schema up to date before the functions that rely on it change, and tidies up every minute. */

import { Duration, Validations } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as triggers from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import type { Database } from './database.ts';
import { type Platform, RustFunction } from './rust-function.ts';

export interface MaintenanceProps {
  readonly platform: Platform;
  readonly database: Database;
  readonly reservedConcurrency: number | undefined;
  /** Whole months for which single calls are kept beside the current one; for ever if there is none. */
  readonly retentionMonths: number | undefined;
  /** Who is told of events of limits. */
  readonly limitEvents: LimitEvents;
  /** With which the provider's own usage and costs are fetched, if they are. */
  readonly adminKey: secretsmanager.ISecret | undefined;
  /** Base URL of the provider, where it is not OpenAI's own. */
  readonly openaiApiBase: string | undefined;
}

export interface LimitEvents {
  /** Both or neither. */
  readonly webhook: { readonly url: string; readonly secret: secretsmanager.ISecret } | undefined;
  /** Whether there is a topic. */
  readonly topic: boolean;
}

export class Maintenance extends Construct {
  readonly maintain: RustFunction;
  readonly limitEventsTopic: sns.Topic | undefined;
  private readonly migrations: triggers.Trigger;

  constructor(scope: Construct, id: string, props: MaintenanceProps) {
    super(scope, id);

    this.maintain = new RustFunction(this, 'Maintain', {
      platform: props.platform,
      name: 'maintain',
      description: 'Tokenmeter: migrations on deploy; sweeps, rollups, partitions and limit events each minute',
      timeout: Duration.minutes(10),
      reservedConcurrency: props.reservedConcurrency,
      // The next minute comes anyway.
      retryAttempts: 0,
      environment: { ...(props.retentionMonths && { RETENTION_MONTHS: String(props.retentionMonths) }) },
    });
    this.maintain.connectAsOwner(props.database);
    if (props.adminKey) {
      this.maintain.readSecret('OPENAI_ADMIN_SECRET_ARN', props.adminKey);
      if (props.openaiApiBase) this.maintain.function.addEnvironment('OPENAI_API_BASE', props.openaiApiBase);
    }
    const { webhook, topic } = props.limitEvents;
    if (webhook) {
      this.maintain.function.addEnvironment('LIMIT_EVENTS_WEBHOOK_URL', webhook.url);
      this.maintain.readSecret('LIMIT_EVENTS_WEBHOOK_SECRET_ARN', webhook.secret);
    }
    this.limitEventsTopic = topic ? this.addTopic() : undefined;

    // The trigger sends no payload; the migrations are part of the binary, so a changed one runs it again.
    this.migrations = new triggers.Trigger(this, 'Migrate', {
      handler: this.maintain.function,
      timeout: this.maintain.timeout,
      executeOnHandlerChange: true,
    });

    new events.Rule(this, 'EachMinute', {
      description: 'Tokenmeter: maintenance',
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [
        new targets.LambdaFunction(this.maintain.function, {
          // Without an action it would look for migrations each minute.
          event: events.RuleTargetInput.fromObject({ action: 'tick' }),
          retryAttempts: 0,
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
  }

  /** Those are created or changed only once the schema is up to date; if it cannot be, they stay as they were. */
  migrateBefore(...dependents: Construct[]): void {
    this.migrations.executeBefore(...dependents);
  }

  /** Reached as the secrets are, by its dual-stack name and the way out that functions have; an interface endpoint costs by the hour. */
  private addTopic(): sns.Topic {
    const topic = new sns.Topic(this, 'LimitEvents', { displayName: 'Tokenmeter limit events', enforceSSL: true });
    Validations.of(topic).acknowledge({
      id: 'AwsSolutions-SNS2',
      reason: 'Labels and amounts only; a key of our own would cost more than the function that publishes.',
    });
    topic.grantPublish(this.maintain.function);
    this.maintain.function.addEnvironment('LIMIT_EVENTS_TOPIC_ARN', topic.topicArn);
    return topic;
  }
}
