/**
 * The product's own metrics: one namespace a deployment. Those of calls are written by the function that settles them, in
 * the embedded format; the others are counted from log lines, which costs the functions nothing.
 */

import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { RustFunction } from './rust-function.ts';

export interface MetricsProps {
  readonly chat: RustFunction;
  readonly maintain: RustFunction;
}

/** Metrics of a call, by the names in its log line. */
export type CallMetric =
  | 'calls'
  | 'input_tokens'
  | 'output_tokens'
  | 'cost_usd'
  | 'overhead_ms'
  | 'retries'
  | 'unpriced_calls'
  | 'provider_errors';

/** Classes of provider errors, the only dimension. */
export const PROVIDER_ERRORS = [
  'rate_limited',
  'server_error',
  'request_refused',
  'key_rejected',
  'timeout',
  'unreachable',
  'interrupted',
  'malformed',
];

export class Metrics extends Construct {
  readonly namespace: string;
  readonly refusals: cloudwatch.Metric;
  readonly providerKeyMissing: cloudwatch.Metric;
  readonly providerKeyRejected: cloudwatch.Metric;
  readonly databaseUnavailable: cloudwatch.Metric;
  readonly failedSettlements: cloudwatch.Metric;
  readonly abandonedCalls: cloudwatch.Metric;
  readonly rollupDifferences: cloudwatch.Metric;

  constructor(scope: Construct, id: string, props: MetricsProps) {
    super(scope, id);
    this.namespace = `Tokenmeter/${Stack.of(this).stackName}`;
    const { chat, maintain } = props;
    // Calls in the background are settled, and so logged, by either.
    for (const writer of [chat, maintain]) writer.function.addEnvironment('METRICS_NAMESPACE', this.namespace);

    this.refusals = this.count(
      'refusals',
      chat,
      logs.FilterPattern.stringValue('$.message', '=', 'A request was refused.'),
    );
    const failures = (name: string, code: string) =>
      this.count(name, chat, logs.FilterPattern.stringValue('$.code', '=', code));
    this.providerKeyMissing = failures('provider-key-missing', 'provider_key_missing');
    this.providerKeyRejected = failures('provider-key-rejected', 'provider_key_rejected');
    this.databaseUnavailable = failures('database-unavailable', 'database_unavailable');
    this.failedSettlements = this.count(
      'failed-settlements',
      chat,
      logs.FilterPattern.stringValue('$.message', '=', 'Settlement failed*'),
    );
    // Each run of `maintain` logs what it found.
    this.abandonedCalls = this.value('abandoned-calls', maintain, '$.abandoned_calls');
    // A difference is logged once, and persists until the day is rebuilt.
    this.rollupDifferences = this.value('rollup-differences', maintain, '$.rollup_differences');
  }

  /** A metric of the log lines of calls. */
  ofCalls(metricName: CallMetric, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({ namespace: this.namespace, metricName, statistic: 'Sum', ...options });
  }

  providerErrors(error: string): cloudwatch.Metric {
    return this.ofCalls('provider_errors', { dimensionsMap: { error }, label: error });
  }

  private count(metricName: string, of: RustFunction, filterPattern: logs.IFilterPattern): cloudwatch.Metric {
    return this.filter(metricName, of, filterPattern, '1');
  }

  private value(metricName: string, of: RustFunction, field: string): cloudwatch.Metric {
    return this.filter(metricName, of, logs.FilterPattern.numberValue(field, '>=', 0), field);
  }

  private filter(metricName: string, of: RustFunction, filterPattern: logs.IFilterPattern, metricValue: string) {
    const filter = new logs.MetricFilter(this, metricName, {
      logGroup: of.logGroup,
      filterPattern,
      metricNamespace: this.namespace,
      metricName,
      metricValue,
    });
    return filter.metric({ statistic: 'Sum' });
  }
}
