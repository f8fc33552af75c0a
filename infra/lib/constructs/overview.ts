/** The CloudWatch dashboard: calls and money, what fails, and how near the limits are. */

import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { type Metrics, PROVIDER_ERRORS } from './metrics.ts';
import type { RustFunction } from './rust-function.ts';

export interface OverviewProps {
  readonly metrics: Metrics;
  readonly functions: Readonly<Record<string, RustFunction>>;
  readonly database: rds.IDatabaseInstance;
}

export class Overview extends Construct {
  constructor(scope: Construct, id: string, props: OverviewProps) {
    super(scope, id);
    const { metrics, functions, database } = props;
    const overhead = (statistic: string) => metrics.ofCalls('overhead_ms', { statistic, label: statistic });
    const ofFunctions = (metric: (each: RustFunction, label: string) => cloudwatch.IMetric) =>
      Object.entries(functions).map(([label, each]) => metric(each, label));
    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: Stack.of(this).stackName,
      defaultInterval: Duration.hours(6),
    });
    // cfn-lint does not know them yet.
    (dashboard.node.defaultChild as cloudwatch.CfnDashboard).addPropertyDeletionOverride('Tags');
    dashboard.addWidgets(
      graph('Calls and refusals', metrics.ofCalls('calls'), metrics.refusals),
      graph('Tokens', metrics.ofCalls('input_tokens'), metrics.ofCalls('output_tokens')),
      graph('Cost in USD', metrics.ofCalls('cost_usd')),
    );
    dashboard.addWidgets(
      graph('Overhead in ms', overhead('p50'), overhead('p99')),
      graph('Provider errors', ...PROVIDER_ERRORS.map((error) => metrics.providerErrors(error))),
      graph(
        'Provider key, retries',
        metrics.providerKeyMissing,
        metrics.providerKeyRejected,
        metrics.ofCalls('retries'),
      ),
    );
    dashboard.addWidgets(
      graph('Ledger', metrics.abandonedCalls, metrics.failedSettlements, metrics.ofCalls('unpriced_calls')),
      graph('Rollup differences', metrics.rollupDifferences),
      graph('Database unavailable', metrics.databaseUnavailable),
    );
    dashboard.addWidgets(
      graph('Errors of functions', ...ofFunctions(({ function: fn }, label) => fn.metricErrors({ label }))),
      graph('Throttles', ...ofFunctions(({ function: fn }, label) => fn.metricThrottles({ label }))),
      graph('Database connections', database.metricDatabaseConnections({ statistic: 'Maximum' })),
    );
  }
}

function graph(title: string, ...left: cloudwatch.IMetric[]): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left, width: 8, leftYAxis: { min: 0, showUnits: false } });
}
