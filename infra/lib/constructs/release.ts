/**
 * How a new version takes over: CodeDeploy moves the alias `live` of each function on the API to it, in steps, and moves
 * it back if an alarm fires in that time. CloudFormation then rolls the deployment back.
 */

import { Stack, Validations } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { TrafficShift } from '../settings.ts';
import type { RustFunction } from './rust-function.ts';

export interface ReleaseProps {
  readonly shift: TrafficShift;
  readonly functions: Readonly<Record<'Chat' | 'Summary' | 'Admin', RustFunction>>;
  /** What stops a release. */
  readonly alarms: readonly cloudwatch.Alarm[];
}

const { CANARY_10PERCENT_10MINUTES, LINEAR_10PERCENT_EVERY_1MINUTE, ALL_AT_ONCE } = codedeploy.LambdaDeploymentConfig;

/** Both gradual ways take ten minutes, long enough for alarms that look at single minutes. */
const STEPS: Readonly<Record<TrafficShift, codedeploy.ILambdaDeploymentConfig>> = {
  canary: CANARY_10PERCENT_10MINUTES,
  linear: LINEAR_10PERCENT_EVERY_1MINUTE,
  'all-at-once': ALL_AT_ONCE,
};

export class Release extends Construct {
  constructor(scope: Construct, id: string, props: ReleaseProps) {
    super(scope, id);
    const functions = Object.entries(props.functions);
    const application = new codedeploy.LambdaApplication(this, 'Application');
    const role = this.addRole(functions.map(([, { function: fn }]) => fn));
    for (const [name, each] of functions) {
      new codedeploy.LambdaDeploymentGroup(this, name, {
        application,
        alias: each.live,
        deploymentConfig: STEPS[props.shift],
        // CodeDeploy refuses to begin while an alarm is on, which a repair must not wait for.
        alarms: props.shift === 'all-at-once' ? [] : [...props.alarms],
        // The library would attach a managed policy for all functions of the account.
        role: role.withoutPolicyUpdates(),
      });
    }
  }

  private addRole(functions: readonly lambda.Function[]): iam.Role {
    const arns = functions.map((fn) => fn.functionArn);
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('codedeploy.amazonaws.com'),
      inlinePolicies: {
        ShiftTraffic: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: ['lambda:GetAlias', 'lambda:GetProvisionedConcurrencyConfig', 'lambda:UpdateAlias'],
              resources: arns.flatMap((arn) => [arn, `${arn}:*`]),
            }),
            new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }),
          ],
        }),
      },
    });
    const stack = Stack.of(this);
    for (const fn of functions) {
      Validations.of(role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${stack.getLogicalId(fn.node.defaultChild as lambda.CfnFunction)}.Arn>:*]`,
        reason: 'The versions and the alias of one function, whose numbers grow with each release.',
      });
    }
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Reads the state of alarms; CodeDeploy asks for several at once, which needs the right for all.',
    });
    return role;
  }
}
