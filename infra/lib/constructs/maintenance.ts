/** `maintain`: brings the schema up to date before the functions that rely on it change, and tidies up every minute. */

import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
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
}

export class Maintenance extends Construct {
  readonly maintain: RustFunction;
  private readonly migrations: triggers.Trigger;

  constructor(scope: Construct, id: string, props: MaintenanceProps) {
    super(scope, id);

    this.maintain = new RustFunction(this, 'Maintain', {
      platform: props.platform,
      name: 'maintain',
      description: 'Tokenmeter: migrations on deploy; sweeps, rollups and partitions each minute',
      timeout: Duration.minutes(10),
      reservedConcurrency: props.reservedConcurrency,
      // The next minute comes anyway.
      retryAttempts: 0,
      environment: { ...(props.retentionMonths && { RETENTION_MONTHS: String(props.retentionMonths) }) },
    });
    this.maintain.connectAsOwner(props.database);

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
}
