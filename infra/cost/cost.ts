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

/** What one call is assumed to cause, beside its duration. */
export const CALL = { seconds: 6, responseKb: 10, natKb: 15, logKb: 1.4 };

const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);
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
    { what: 'own metrics', usd: of('AWS::Logs::MetricFilter').length * prices.customMetricMonth },
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
  const chat = resources.find(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Timeout === 840);
  if (!chat) throw new Error('no function with the timeout of chat');
  const architecture = chat.Properties.Architectures[0] as keyof typeof prices.lambdaGbSecond;
  const gbSeconds = 1e6 * CALL.seconds * (chat.Properties.MemorySize / 1024);
  const lines = [
    { what: 'Lambda, waiting included', usd: gbSeconds * prices.lambdaGbSecond[architecture] + prices.lambdaMillion },
    { what: 'API Gateway', usd: prices.restMillion },
    { what: 'responses to the internet', usd: CALL.responseKb * prices.transferOutGb },
    { what: 'logs', usd: CALL.logKb * prices.logGb },
    { what: 'NAT traffic', usd: has('AWS::EC2::NatGateway') ? CALL.natKb * prices.natGatewayGb : 0 },
    { what: 'firewall', usd: has('AWS::WAFv2::WebACL') ? prices.firewallMillion : 0 },
  ];
  return lines.filter(({ usd }) => usd > 0);
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
