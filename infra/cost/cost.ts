/** Computes what a deployment costs from its templates and a list of dated prices. */

import prices from './prices.json' with { type: 'json' };

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates are JSON of many shapes
  readonly Properties: any;
}

/** Resources of both stacks. */
export type Resources = readonly Resource[];

export interface CostLine {
  readonly what: string;
  readonly usd: number;
}

/**
 * What a call writes to the logs, in bytes: the line of `chat` (measured), start and report of Lambda and the line of
 * the access log (as documented, with ids of usual length), and what CloudWatch adds to each of the four.
 */
const LOG_BYTES = { call: 750, start: 130, report: 240, access: 480, overhead: 4 * 26 };
const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);

/** What one call is assumed to cause, beside its duration. */
export const CALL = { seconds: 6, responseKb: 10, natKb: 15, logKb: sum(Object.values(LOG_BYTES)) / 1000 };

/** A run of `maintain` that finds little to do, in seconds, and what it logs. */
const RUN = { perMonth: 60 * 730, seconds: 0.2, logKb: 1 };

/** Metrics that `chat` writes in every hour with calls; each class of provider errors is one more in its hours. */
export const CALL_METRICS = 7;

export const total = (lines: readonly CostLine[]) => sum(lines.map(({ usd }) => usd));

/** A month without a call. Free tiers are left out. */
export function idle(resources: Resources): CostLine[] {
  const of = (type: string) => resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
  const month = (usdPerHour: number) => usdPerHour * prices.hoursPerMonth;
  const firewalls = of('AWS::WAFv2::WebACL');
  const lines = [
    { what: 'database', usd: sum(of('AWS::RDS::DBInstance').map(databaseMonth)) },
    {
      what: 'NAT gateways',
      usd: of('AWS::EC2::NatGateway').length * month(prices.natGatewayHour + prices.publicIpv4Hour),
    },
    {
      what: 'NAT instances',
      usd:
        of('AWS::EC2::Instance').length *
        (month(prices.natInstanceHour + prices.publicIpv4Hour) + prices.natInstanceDiskMonth),
    },
    {
      what: 'private endpoints',
      usd: sum(of('AWS::EC2::VPCEndpoint').map(({ SubnetIds }) => SubnetIds.length * month(prices.endpointHour))),
    },
    // One more for the owner's password, which RDS keeps.
    { what: 'secrets', usd: (of('AWS::SecretsManager::Secret').length + 1) * prices.secretMonth },
    {
      what: 'alarms',
      usd: sum(of('AWS::CloudWatch::Alarm').map(metricsOf)) * prices.alarmMetricMonth,
    },
    { what: 'metrics from log lines', usd: of('AWS::Logs::MetricFilter').length * prices.customMetricMonth },
    { what: 'CloudWatch dashboard', usd: of('AWS::CloudWatch::Dashboard').length * prices.dashboardMonth },
    { what: '`maintain` each minute', usd: of('AWS::Events::Rule').length * maintainMonth(resources) },
    {
      what: 'firewall',
      usd: sum(firewalls.map(({ Rules }) => prices.firewallMonth + Rules.length * prices.firewallRuleMonth)),
    },
  ];
  return lines.filter(({ usd }) => usd > 0);
}

/** A million calls. */
export function perMillion(resources: Resources): CostLine[] {
  const has = (type: string) => resources.some(({ Type }) => Type === type);
  const lines = [
    { what: 'Lambda, waiting included', usd: lambda(resources, 1e6, CALL.seconds) },
    { what: 'API Gateway', usd: prices.restMillion },
    { what: 'responses to the internet', usd: CALL.responseKb * prices.transferOutGb },
    { what: 'logs', usd: CALL.logKb * prices.logGb },
    { what: 'NAT traffic', usd: has('AWS::EC2::NatGateway') ? CALL.natKb * prices.natGatewayGb : 0 },
    { what: 'firewall', usd: has('AWS::WAFv2::WebACL') ? prices.firewallMillion : 0 },
    { what: 'traces, if every call is traced', usd: isTraced(resources) ? prices.tracesMillion : 0 },
  ];
  return lines.filter(({ usd }) => usd > 0);
}

/** A month with calls in every hour: they are charged by the hour, and not while no call arrives. */
export const callMetricsMonth = CALL_METRICS * prices.customMetricMonth;

function lambda(resources: Resources, calls: number, seconds: number): number {
  const chat = resources.find(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Timeout === 840);
  if (!chat) throw new Error('no function with the timeout of chat');
  const architecture = chat.Properties.Architectures[0] as keyof typeof prices.lambdaGbSecond;
  // All functions have the memory of chat.
  const gbSeconds = calls * seconds * (chat.Properties.MemorySize / 1024);
  return gbSeconds * prices.lambdaGbSecond[architecture] + (calls / 1e6) * prices.lambdaMillion;
}

function maintainMonth(resources: Resources): number {
  return lambda(resources, RUN.perMonth, RUN.seconds) + ((RUN.perMonth * RUN.logKb) / 1e6) * prices.logGb;
}

function isTraced(resources: Resources): boolean {
  return resources.some(({ Type, Properties }) => Type === 'AWS::ApiGateway::Stage' && Properties.TracingEnabled);
}

function databaseMonth(properties: Resource['Properties']): number {
  const name = properties.DBInstanceClass.replace(/^db\./, '') as keyof typeof prices.databaseHour;
  const hour = prices.databaseHour[name];
  if (hour === undefined) throw new Error(`no price of ${name} in prices.json`);
  const copies = properties.MultiAZ ? 2 : 1;
  return copies * (hour * prices.hoursPerMonth + Number(properties.AllocatedStorage) * prices.databaseGibMonth);
}

/** An alarm on an expression is charged for each metric in it. */
function metricsOf(properties: Resource['Properties']): number {
  return properties.Metrics ? properties.Metrics.filter((each: object) => 'MetricStat' in each).length : 1;
}

export { prices };
