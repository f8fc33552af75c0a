/** When calls need an operator: the provider's key, the ledger, the database behind it. */

import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Metrics } from './metrics.ts';

export interface CallAlarm extends cloudwatch.AlarmProps {
  readonly id: string;
  readonly description: string;
}

export function callAlarms(metrics: Metrics): CallAlarm[] {
  const period = Duration.minutes(5);
  const any = (id: string, description: string, metric: cloudwatch.Metric): CallAlarm => ({
    id,
    description,
    metric: metric.with({ period }),
    threshold: 0,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
  });
  return [
    any('ProviderKeyMissing', 'Calls fail: no provider key is stored in the secret', metrics.providerKeyMissing),
    any('ProviderKeyRejected', 'Calls fail: the provider rejects the key in the secret', metrics.providerKeyRejected),
    any('AbandonedCalls', 'Calls never settled: their cost is an estimate', metrics.abandonedCalls),
    any('FailedSettlements', 'Calls could not be settled in time; the sweeper records them', metrics.failedSettlements),
    any(
      'UnpricedCalls',
      'Calls without a known price: hard money limits refuse such models',
      metrics.ofCalls('unpriced_calls'),
    ),
    any('DatabaseUnavailable', 'Calls were refused with 503: the database did not answer', metrics.databaseUnavailable),
    {
      ...any('SumsDiffer', 'Rollups differ from the ledger: rebuild the affected days', metrics.rollupDifferences),
      metric: metrics.rollupDifferences.with({ period, statistic: 'Maximum' }),
    },
  ];
}
