/**
 * Values that the data stack publishes and the app stack reads, through parameters of Systems Manager. An export would
 * lock its value while the other stack uses it: no database could be replaced and no secret removed.
 */

import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';

export type DataValue =
  // Compared with the settings of the next deployment.
  | 'settings'
  | 'function-subnet-ids'
  | 'functions-group-id'
  | 'database-host'
  | 'database-instance-id'
  | 'database-resource-id'
  | 'database-owner-secret-arn'
  | 'provider-key-arn'
  | 'key-pepper-arn'
  | 'first-admin-key-arn'
  | 'admin-key-arn'
  | 'anthropic-admin-key-arn'
  | 'anthropic-key-arn'
  | 'gemini-key-arn'
  | 'webhook-secret-arn';

export class DataValues {
  /** @param deployment name of the deployment, which both stacks share */
  constructor(private readonly deployment: string) {}

  publish(scope: Construct, name: DataValue, stringValue: string): void {
    new ssm.StringParameter(scope, `Value-${name}`, {
      parameterName: this.parameter(name),
      description: `Tokenmeter: ${name.replaceAll('-', ' ')}, for the app stack`,
      stringValue,
    });
  }

  /** Resolved at every deployment, also if the template did not change. */
  read(scope: Construct, name: DataValue): string {
    return ssm.StringParameter.valueForStringParameter(scope, this.parameter(name));
  }

  parameter(name: DataValue): string {
    return `/tokenmeter/${this.deployment}/${name}`;
  }
}
