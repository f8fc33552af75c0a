/** All operator settings. Parsed once in `bin/`; constructs read neither the context nor the environment. */

export type Egress = 'nat-gateway' | 'nat-instance' | 'none';
export type FunctionArchitecture = 'arm64' | 'x86_64';
export type TrafficShift = 'canary' | 'linear' | 'all-at-once';

export interface Settings {
  /** Prefix of both stack names, so that one account can hold several deployments. */
  readonly name: string;
  /** The only region that this deployment may go to; undefined for any. */
  readonly region: string | undefined;
  /** Instruction set of the function binaries. */
  readonly architecture: FunctionArchitecture;
  /** IPv4 egress; IPv6 is always available. */
  readonly egress: Egress;
  /** Existing network to use; by default the deployment creates its own. */
  readonly vpcId: string | undefined;
  /** Private subnets of the existing network for functions, with a route to the provider. */
  readonly functionSubnetIds: readonly string[];
  /** Private subnets of the existing network for the database, in at least two zones. */
  readonly databaseSubnetIds: readonly string[];
  /** Whether the function subnets of the existing network have IPv6. */
  readonly vpcIpv6: boolean;
  /** Creates private endpoints for the AWS APIs that functions call. */
  readonly vpcEndpoints: boolean;
  /** Database instance class, without the `db.` prefix. */
  readonly databaseClass: string;
  /** Keeps a standby in a second availability zone; doubles the database price. */
  readonly databaseMultiAz: boolean;
  /** Initial disk size; grows automatically up to five times that. */
  readonly databaseStorageGib: number;
  /** `max_connections` of the database; the reserved concurrency must fit into it. */
  readonly databaseMaxConnections: number;
  /** Days of point-in-time recovery. */
  readonly databaseBackupDays: number;
  /** Snapshot that the database was restored from: its name or ARN. Without it, CloudFormation creates an empty one. */
  readonly databaseSnapshot: string | undefined;
  /** Instance that the database was restored from, to a point in time: its resource id. Stays set like the snapshot. */
  readonly databaseRestoreFrom: string | undefined;
  /** The point in time, in UTC. */
  readonly databaseRestoreTime: string | undefined;
  /** Whether to reserve concurrency for functions; accounts with a small quota may have none to reserve. */
  readonly reserveConcurrency: boolean;
  /** Concurrent calls: a stream occupies its environment, and its database connection, until it ends. */
  readonly chatConcurrency: number;
  /** Concurrent reads. */
  readonly summaryConcurrency: number;
  /** Concurrent administration requests. */
  readonly adminConcurrency: number;
  /** How a new version takes over the calls; the gradual ways are rolled back by alarms. */
  readonly trafficShift: TrafficShift;
  /** Base URL of the provider, if it is not OpenAI. */
  readonly openaiApiBase: string | undefined;
  /** Longest wait for the provider; a call ends with an error then. */
  readonly upstreamTimeoutSeconds: number;
  /** How long a call with `background: true` may stay open before its bound is recorded. */
  readonly backgroundDeadlineHours: number;
  /** Creates a secret for the provider's admin key, with which `maintain` fetches usage and costs. */
  readonly openaiAdminKey: boolean;
  /** The same for Anthropic's admin key. */
  readonly anthropicAdminKey: boolean;
  /** Creates a secret for Anthropic's key, with which `chat` serves `/v1/messages`. */
  readonly anthropicKey: boolean;
  /** Creates a secret for Google's key for the Gemini API, with which `chat` serves `/v1beta`. */
  readonly geminiKey: boolean;
  /** Region of Amazon Bedrock, whose models `chat` then calls with its role and serves under `/bedrock`. */
  readonly bedrockRegion: string | undefined;
  /** Full months of single calls to keep besides the current one; sums stay. Default: keep all. */
  readonly retentionMonths: number | undefined;
  /** Webhook for signed limit events; none by default. */
  readonly limitEventsWebhookUrl: string | undefined;
  /** Creates an SNS topic for limit events. */
  readonly limitEventsTopic: boolean;
  /** Name for the API, by default the one that API Gateway chooses. */
  readonly domainName: string | undefined;
  /** Its certificate, in the region of the deployment. */
  readonly certificateArn: string | undefined;
  /** Name for the dashboard, by default the one that CloudFront chooses. */
  readonly dashboardDomainName: string | undefined;
  /** Its certificate, in us-east-1, where CloudFront looks for it. */
  readonly dashboardCertificateArn: string | undefined;
  /** Route 53 zone in which the records of both names are created. */
  readonly hostedZoneId: string | undefined;
  /** Requests per second of all callers together; by default the quota of the account. */
  readonly apiRateLimit: number | undefined;
  /** Requests that may arrive at once, with `apiRateLimit`. */
  readonly apiBurstLimit: number | undefined;
  /** Puts a web application firewall in front of the API. */
  readonly firewall: boolean;
  /** Requests per address and five minutes that the firewall lets through. */
  readonly firewallRateLimit: number;
  /** Retention of function and API logs, in days. */
  readonly logRetentionDays: number;
  /** Sets the account-wide logging role of API Gateway; false if the account already has one. */
  readonly apiGatewayLogRole: boolean;
  /** Traces API and functions with X-Ray. */
  readonly tracing: boolean;
  /** E-mail subscriber of the alarm topic. */
  readonly alarmEmail: string | undefined;
  /** For review only: replaces functions and pages that are not built with placeholders. */
  readonly preview: boolean;
}
