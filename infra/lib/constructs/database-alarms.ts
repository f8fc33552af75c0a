/** When the database needs an operator. */

import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as rds from 'aws-cdk-lib/aws-rds';
import { instanceClass } from '../instance-class.ts';
import type { Settings } from '../settings.ts';

export interface DatabaseAlarm extends cloudwatch.AlarmProps {
  readonly id: string;
  readonly description: string;
}

type Thresholds = Pick<Settings, 'databaseClass' | 'databaseMaxConnections' | 'databaseStorageGib'>;

const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
const GIB = 2 ** 30;

export function databaseAlarms(database: rds.IDatabaseInstance, settings: Thresholds): DatabaseAlarm[] {
  const facts = instanceClass(settings.databaseClass);
  if (!facts) throw new Error(`unknown instance class ${settings.databaseClass}`);
  const memory = facts.memoryGib * GIB;
  const metric = (name: string, statistic: 'Average' | 'Minimum' | 'Maximum') =>
    database.metric(name, { statistic, period: Duration.minutes(5) });
  return [
    {
      id: 'DatabaseConnections',
      description: 'Over 90 % of the database connections are in use',
      metric: metric('DatabaseConnections', 'Maximum'),
      threshold: settings.databaseMaxConnections * 0.9,
      comparisonOperator: GREATER_THAN_THRESHOLD,
      evaluationPeriods: 2,
    },
    {
      id: 'DatabaseStorage',
      description: 'Free storage is below 10 % of the initial disk size, despite automatic growth',
      metric: metric('FreeStorageSpace', 'Minimum'),
      threshold: settings.databaseStorageGib * GIB * 0.1,
      comparisonOperator: LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
    },
    {
      id: 'DatabaseCpu',
      description: 'Database CPU has been above 80 % for 15 minutes',
      metric: metric('CPUUtilization', 'Average'),
      threshold: 80,
      comparisonOperator: GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
    },
    {
      id: 'DatabaseMemory',
      description: 'Less than 5 % of the database memory can be freed',
      metric: metric('FreeableMemory', 'Average'),
      threshold: memory * 0.05,
      comparisonOperator: LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
    },
    {
      id: 'DatabaseSwap',
      description: 'The database swaps more than a tenth of its memory',
      metric: metric('SwapUsage', 'Average'),
      threshold: memory * 0.1,
      comparisonOperator: GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
    },
    ...(facts.creditsPerDay === undefined
      ? []
      : [
          {
            id: 'DatabaseCredits',
            // RDS lets burstable classes go on beyond their credits, for money.
            description: 'The database has used its CPU credits and a tenth of a day beyond them',
            metric: metric('CPUSurplusCreditBalance', 'Average'),
            threshold: facts.creditsPerDay * 0.1,
            comparisonOperator: GREATER_THAN_THRESHOLD,
            evaluationPeriods: 3,
          },
        ]),
  ];
}
