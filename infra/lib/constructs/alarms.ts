/** Alarms that need an operator; each description says what it means. */

import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as rds from 'aws-cdk-lib/aws-rds';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import { callAlarms } from './call-alarms.ts';
import { databaseAlarms } from './database-alarms.ts';
import type { Metrics } from './metrics.ts';
import { releaseAlarms } from './release-alarms.ts';
import type { RustFunction } from './rust-function.ts';

export interface AlarmsProps {
  readonly settings: Settings;
  readonly api: apigateway.RestApi;
  readonly metrics: Metrics;
  readonly chat: RustFunction;
  readonly summary: RustFunction;
  readonly admin: RustFunction;
  readonly maintain: RustFunction;
  readonly database: rds.IDatabaseInstance;
}

const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
const { BREACHING, NOT_BREACHING } = cloudwatch.TreatMissingData;

export class Alarms extends Construct {
  readonly topic: sns.Topic;
  /** Those that stop a release. */
  readonly ofRelease: readonly cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.topic = new sns.Topic(this, 'Topic', { displayName: 'Tokenmeter alarms', enforceSSL: true });
    if (props.settings.alarmEmail) {
      this.topic.addSubscription(new subscriptions.EmailSubscription(props.settings.alarmEmail));
    }
    this.allowAlarmsToPublish();
    // Alarms cannot publish to a topic encrypted with the AWS-managed key, and their text contains no secrets.
    Validations.of(this.topic).acknowledge({
      id: 'AwsSolutions-SNS2',
      reason: 'Carries alarm names only; a customer-managed key would cost more than all alarms together.',
    });

    this.watchApi(props.api);
    this.watchFunction('Chat', props.chat);
    this.watchFunction('Summary', props.summary);
    this.watchFunction('Admin', props.admin);
    this.watchMaintenance(props.maintain);
    const released = { Chat: props.chat, Summary: props.summary, Admin: props.admin };
    this.ofRelease = releaseAlarms(props.api, released).map(({ id: name, description, ...alarm }) =>
      this.add(name, description, alarm),
    );
    const more = [...callAlarms(props.metrics), ...databaseAlarms(props.database, props.settings)];
    for (const { id: name, description, ...alarm } of more) {
      this.add(name, description, alarm);
    }
  }

  /** With a policy of its own, a topic loses the default one, which would let every service of the account publish. */
  private allowAlarmsToPublish(): void {
    const { account } = Stack.of(this);
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
  }

  private watchApi(api: apigateway.RestApi): void {
    this.add('ApiServerErrors', 'More than 1 % of API responses are 5xx', {
      metric: api.metricServerError({ statistic: 'Average', period: Duration.minutes(5) }),
      threshold: 0.01,
      comparisonOperator: GREATER_THAN_THRESHOLD,
      evaluationPeriods: 2,
    });
  }

  private watchFunction(name: string, watched: RustFunction): void {
    const fn = watched.function;
    const period = Duration.minutes(5);
    this.add(`${name}Errors`, `More than 1 % of ${name} invocations crash or time out`, {
      metric: new cloudwatch.MathExpression({
        expression: 'IF(invocations > 0, 100 * errors / invocations, 0)',
        usingMetrics: { errors: fn.metricErrors({ period }), invocations: fn.metricInvocations({ period }) },
        label: 'error rate in percent',
        period,
      }),
      threshold: 1,
      comparisonOperator: GREATER_THAN_THRESHOLD,
      evaluationPeriods: 2,
    });
    this.add(`${name}Throttles`, `${name} is throttled: its concurrency is exhausted`, {
      metric: fn.metricThrottles({ period }),
      threshold: 0,
      comparisonOperator: GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
    });
    // A function that ends calls by itself never reaches its timeout.
    this.add(`${name}Duration`, `p99 duration of ${name} exceeds 80 % of its limit`, {
      metric: fn.metricDuration({ statistic: 'p99', period }),
      threshold: watched.deadline.toMilliseconds() * 0.8,
      comparisonOperator: GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
    });
    if (watched.reservedConcurrency !== undefined) {
      this.add(`${name}Concurrency`, `${name} uses over 80 % of its reserved concurrency`, {
        metric: fn.metric('ConcurrentExecutions', { statistic: 'Maximum', period: Duration.minutes(1) }),
        threshold: watched.reservedConcurrency * 0.8,
        comparisonOperator: GREATER_THAN_THRESHOLD,
        evaluationPeriods: 5,
      });
    }
  }

  private watchMaintenance(maintain: RustFunction): void {
    const period = Duration.minutes(5);
    this.add('MaintainErrors', 'Maintenance fails: open calls are not swept, rollups fall behind', {
      metric: maintain.function.metricErrors({ period }),
      threshold: 2,
      comparisonOperator: GREATER_THAN_THRESHOLD,
      evaluationPeriods: 2,
    });
    // Counts successes: two runs that hang until their timeout are neither missing nor many errors.
    const quarter = Duration.minutes(15);
    this.add('MaintainMissing', 'Maintenance has not succeeded for 15 minutes', {
      metric: new cloudwatch.MathExpression({
        expression: 'invocations - errors',
        usingMetrics: {
          errors: maintain.function.metricErrors({ period: quarter }),
          invocations: maintain.function.metricInvocations({ period: quarter }),
        },
        label: 'successful runs',
        period: quarter,
      }),
      threshold: 1,
      comparisonOperator: LESS_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: BREACHING,
    });
  }

  private add(id: string, alarmDescription: string, props: cloudwatch.AlarmProps): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, id, { treatMissingData: NOT_BREACHING, ...props, alarmDescription });
    alarm.addAlarmAction(new actions.SnsAction(this.topic));
    alarm.addOkAction(new actions.SnsAction(this.topic));
    return alarm;
  }
}
