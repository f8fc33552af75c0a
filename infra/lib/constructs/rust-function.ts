/** One function: its binary, a role with only the requested grants, its log group, and the matching environment. */

import { ArnFormat, type Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Artifacts, FunctionName } from '../artifacts.ts';
import type { FunctionArchitecture } from '../settings.ts';
import type { FunctionNetwork } from './data-access.ts';
import type { DatabaseAccess, DatabaseUser } from './database-access.ts';

/** Settings that all functions share. */
export interface Platform {
  readonly artifacts: Artifacts;
  readonly architecture: FunctionArchitecture;
  readonly network: FunctionNetwork;
  readonly logRetention: logs.RetentionDays;
  /** Whether the subnets have IPv6. */
  readonly ipv6: boolean;
  /** Whether AWS APIs are reachable over IPv6 alone. */
  readonly ipv6Only: boolean;
  /** Whether X-Ray traces invocations. */
  readonly tracing: boolean;
  /** Resolves to another text whenever the data stack gives functions another database or network. */
  readonly generation: string;
}

export interface RustFunctionProps {
  readonly platform: Platform;
  readonly name: FunctionName;
  readonly description: string;
  readonly timeout: Duration;
  /** When the function ends a call by itself; undefined if only the timeout does. */
  readonly deadline?: Duration;
  /** Maximum number of environments; undefined applies the account quota. */
  readonly reservedConcurrency: number | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  /** Retries of a failed asynchronous invocation. */
  readonly retryAttempts?: number;
}

/** Name of the alias that the API invokes. */
export const LIVE = 'live';

/** CPU scales with memory: at 128 MB a TLS handshake takes most of a second. */
const MEMORY_MB = 256;

/** Actions that the Lambda service performs with the role to attach a function to a network. */
export const NETWORK_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

export class RustFunction extends Construct {
  readonly function: lambda.Function;
  readonly logGroup: logs.LogGroup;
  readonly timeout: Duration;
  /** The longest that an invocation can take. */
  readonly deadline: Duration;
  readonly reservedConcurrency: number | undefined;
  private releasedAs: lambda.Alias | undefined;

  constructor(scope: Construct, id: string, props: RustFunctionProps) {
    super(scope, id);
    const { platform } = props;
    this.timeout = props.timeout;
    this.deadline = props.deadline ?? props.timeout;
    this.reservedConcurrency = props.reservedConcurrency;

    this.logGroup = new logs.LogGroup(this, 'Log', {
      retention: platform.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = this.addRole();
    this.logGroup.grantWrite(role);

    this.function = new lambda.Function(this, 'Function', {
      description: props.description,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: platform.architecture === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
      handler: 'bootstrap',
      code: platform.artifacts.functionCode(this, props.name),
      memorySize: MEMORY_MB,
      timeout: props.timeout,
      role,
      vpc: platform.network.vpc,
      vpcSubnets: platform.network.subnets,
      securityGroups: [platform.network.securityGroup],
      // Lambda refuses it in subnets without IPv6.
      ipv6AllowedForDualStack: platform.ipv6 || undefined,
      logGroup: this.logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: lambda.ApplicationLogLevel.INFO,
      systemLogLevelV2: lambda.SystemLogLevel.INFO,
      environment: {
        RUST_LOG: 'info',
        DATABASE_POOL_SIZE: '1',
        // Read by libraries: REST events carry the stage in the path.
        AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH: '1',
        // Some services have IPv6 under names of their own, which interface endpoints and some regions lack.
        ...(platform.ipv6Only && { AWS_USE_DUALSTACK_ENDPOINT: 'true' }),
        ...props.environment,
      },
      tracing: platform.tracing ? lambda.Tracing.ACTIVE : undefined,
      reservedConcurrentExecutions: props.reservedConcurrency,
      retryAttempts: props.retryAttempts,
      currentVersionOptions: {
        // A version keeps its environment. The addresses in it are parameters, which the library does not see change; a
        // new description makes CloudFormation publish a new version.
        description: platform.generation,
        // Calls of the previous version may still run when a deployment ends. One that is rolled back leaves none
        // behind, or its build could not be deployed again.
        removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      },
    });
  }

  /** What the API invokes: the released version, and during a release a share of the next one. */
  get live(): lambda.Alias {
    this.releasedAs ??= new lambda.Alias(this, 'Live', { aliasName: LIVE, version: this.function.currentVersion });
    return this.releasedAs;
  }

  /** Connects as the given database user, with a token signed by the function's role. */
  connectTo(database: DatabaseAccess, user: DatabaseUser): void {
    this.addEnvironment(database.environmentFor(user));
    database.grantConnect(this.function, user);
  }

  /** Connects as the schema owner. */
  connectAsOwner(database: DatabaseAccess): void {
    this.addEnvironment(database.ownerEnvironment());
    database.grantOwner(this.function);
  }

  /** Grants read access; the function reads the secret at start, by the ARN in `variable`. */
  readSecret(variable: string, secret: secretsmanager.ISecret): void {
    this.addEnvironment({ [variable]: secret.secretArn });
    secret.grantRead(this.function);
  }

  /** Grants reading each secret of this account and region whose name begins with `prefix`. */
  readSecretsBelow(prefix: string): void {
    const resource = Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${prefix}*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.function.addToRolePolicy(
      new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [resource] }),
    );
    Validations.of(this).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:${prefix}*]`,
      reason: 'Operators make these secrets after the deployment, one for each upstream that administrators register.',
    });
  }

  /**
   * Grants calling the models of Amazon Bedrock in a region, and what its profiles need: those for a geography answer in
   * other regions, those that are global in none that is named.
   */
  invokeModels(region: string): void {
    this.addEnvironment({ BEDROCK_REGION: region });
    const own = ['inference-profile', 'application-inference-profile', 'provisioned-model', 'imported-model'];
    const resources = [
      { region: '*', account: '', resource: 'foundation-model' },
      { region: '', account: '', resource: 'foundation-model' },
      ...own.map((resource) => ({ region, account: undefined, resource })),
    ].map(({ region, account, resource }) =>
      Stack.of(this).formatArn({
        service: 'bedrock',
        region,
        ...(account === undefined ? {} : { account }),
        resource,
        resourceName: '*',
      }),
    );
    this.function.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream', 'bedrock:CountTokens'],
        resources,
      }),
    );
    const places = ['*:', ':', ...own.map(() => `${region}:<AWS::AccountId>`)];
    for (const [index, place] of places.entries()) {
      const kind = own[index - 2] ?? 'foundation-model';
      Validations.of(this).acknowledge({
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:bedrock:${place}:${kind}/*]`,
        reason: 'Which models callers may use is decided by their keys; a model of AWS is named, not owned, by this account.',
      });
    }
  }

  /** Grants what it takes to fill the secret once: reading what it holds, and writing. */
  writeSecret(variable: string, secret: secretsmanager.ISecret): void {
    this.readSecret(variable, secret);
    secret.grantWrite(this.function);
  }

  private addEnvironment(variables: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(variables)) this.function.addEnvironment(name, value);
  }

  private addRole(): iam.Role {
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(new iam.PolicyStatement({ actions: NETWORK_ACTIONS, resources: ['*'] }));
    // Requests from code inside the function carry this condition key; those of the Lambda service do not.
    role.addToPolicy(
      new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        actions: NETWORK_ACTIONS,
        resources: ['*'],
        conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
      }),
    );
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'Lambda needs these actions, which support no resources, to attach functions to a network; function code is denied them. So do the two of X-Ray, with tracing.',
    });
    return role;
  }
}
