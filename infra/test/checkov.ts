/** Findings of checkov that are accepted: for which resources, by the start of their logical ids, and why. */

export interface Decision {
  readonly check: string;
  readonly resources: readonly string[];
  readonly reason: string;
}

const FUNCTIONS = ['ChatFunction', 'SummaryFunction', 'AdminFunction', 'MaintenanceMaintainFunction'];
const MIGRATE = 'MaintenanceMigrateFunction';
/** Functions of the CDK library, which run only during a deployment. */
const OF_CDK = ['LogRetention', 'AWSCDKTrigger', 'CustomS3AutoDelete', 'CustomCDKBucketDeployment'];

export const DECISIONS: readonly Decision[] = [
  {
    check: 'CKV_AWS_111',
    resources: ['ChatRole', 'SummaryRole', 'AdminRole', 'MaintenanceMaintainRole', 'MaintenanceMigrateRole'],
    reason: 'Lambda attaches functions to the network with actions that support no resources; code is denied them.',
  },
  {
    check: 'CKV_AWS_111',
    resources: ['LogRetention', 'CustomCDKBucketDeployment'],
    reason: 'Policies of the CDK library: retention of log groups, and uploads to the bucket of the dashboard.',
  },
  {
    check: 'CKV_AWS_115',
    resources: [MIGRATE, ...OF_CDK],
    reason: 'They run once a deployment: a reservation would take concurrency from calls.',
  },
  {
    check: 'CKV_AWS_116',
    resources: FUNCTIONS,
    reason: 'The API invokes synchronously, and the next run of maintain comes within a minute: nothing to redeliver.',
  },
  {
    check: 'CKV_AWS_116',
    resources: [MIGRATE, ...OF_CDK],
    reason: 'CloudFormation waits for them: a failure fails the deployment.',
  },
  {
    check: 'CKV_AWS_117',
    resources: OF_CDK,
    reason: 'They call the APIs of AWS alone, and need nothing in the network.',
  },
  {
    check: 'CKV_AWS_118',
    resources: ['DatabaseInstance'],
    reason: 'An agent for metrics by the second; memory, swap and load have alarms without it.',
  },
  {
    check: 'CKV_AWS_120',
    resources: ['RestApiDeploymentStage'],
    reason: "A cache would hold answers to one caller's prompts and reports.",
  },
  {
    check: 'CKV_AWS_149',
    resources: ['ProviderKey', 'KeyPepper', 'FirstAdminKey'],
    reason: 'A key of our own, at a dollar a month, protects no better: administrators of the account can use both.',
  },
  {
    check: 'CKV_AWS_157',
    resources: ['DatabaseInstance'],
    reason: 'A standby doubles the price: databaseMultiAz turns it on.',
  },
  {
    check: 'CKV_AWS_158',
    resources: [
      'NetworkRejectedPackets',
      'ChatLog',
      'SummaryLog',
      'AdminLog',
      'MaintenanceMaintainLog',
      'MaintenanceMigrateLog',
      'RestAccessLog',
      'DashboardUploadLog',
    ],
    reason: 'As for secrets: encrypted by AWS, and they contain no prompts, keys and labels.',
  },
  {
    check: 'CKV_AWS_173',
    resources: [...FUNCTIONS, MIGRATE, 'CustomCDKBucketDeployment'],
    reason: 'Variables hold names and addresses; secrets are read from Secrets Manager.',
  },
  {
    check: 'CKV_AWS_174',
    resources: ['DashboardDistribution'],
    reason: "CloudFront's own name has a fixed policy: dashboardDomainName brings TLS 1.2.",
  },
  {
    check: 'CKV_AWS_18',
    resources: ['DashboardLogs'],
    reason: 'The bucket of access logs would log into itself.',
  },
  {
    check: 'CKV_AWS_21',
    resources: ['DashboardLogs', 'DashboardSite'],
    reason: 'Logs are written once, and the site can be deployed again.',
  },
  {
    check: 'CKV_AWS_26',
    resources: ['AlarmsTopic'],
    reason: 'Alarms cannot publish to a topic with the AWS-managed key, and texts of alarms are no secret.',
  },
  {
    check: 'CKV_AWS_59',
    resources: ['RestApi'],
    reason: 'Functions verify the bearer key in the statement that admits a call.',
  },
  {
    check: 'CKV_AWS_68',
    resources: ['DashboardDistribution'],
    reason: 'Static files; what needs protection is the API behind them, which the setting firewall protects.',
  },
  {
    check: 'CKV_AWS_73',
    resources: ['RestApiDeploymentStage'],
    reason:
      "The access log and the functions' logs give the parts of a call's time; tracing turns traces on, at a price.",
  },
];
