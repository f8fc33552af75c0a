/** Alarms that stop a release: they look at single minutes, and at the new version alone where its metrics allow that. */

import { Duration } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { CallAlarm } from './call-alarms.ts';
import { LIVE, type RustFunction } from './rust-function.ts';

const PERIOD = Duration.minutes(1);

export function releaseAlarms(
  api: apigateway.RestApi,
  functions: Readonly<Record<'Chat' | 'Summary' | 'Admin', RustFunction>>,
): CallAlarm[] {
  return [
    {
      id: 'ReleaseServerErrors',
      description: 'More than 5 % of API responses are 5xx for two minutes: stops a release',
      metric: api.metricServerError({ statistic: 'Average', period: PERIOD }),
      // A tenth of the calls goes to the new version first: if all of them fail, this is twice the threshold.
      threshold: 0.05,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 2,
    },
    ...Object.entries(functions).map(([name, watched]) => errorsOfNewVersion(name, watched)),
  ];
}

/** Lambda counts both versions of an alias apart for as long as calls are split between them. */
function errorsOfNewVersion(name: string, { function: fn }: RustFunction): CallAlarm {
  const metric = (metricName: string) =>
    new cloudwatch.Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: {
        FunctionName: fn.functionName,
        Resource: `${fn.functionName}:${LIVE}`,
        ExecutedVersion: fn.currentVersion.version,
      },
      statistic: 'Sum',
      period: PERIOD,
    });
  return {
    id: `Release${name}Errors`,
    description: `More than 1 % of invocations of the new version of ${name} crash or time out: stops a release`,
    metric: new cloudwatch.MathExpression({
      expression: 'IF(invocations > 0, 100 * errors / invocations, 0)',
      usingMetrics: { errors: metric('Errors'), invocations: metric('Invocations') },
      label: 'error rate of the new version in percent',
      period: PERIOD,
    }),
    threshold: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
  };
}
