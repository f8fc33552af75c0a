import { expect, test } from 'vitest';
import { type Synthesised, synthesise } from './app.ts';

/** Names that no account compares: parts of a database, a stage, a disk or a role, and the vocabulary of AWS. */
const LOCAL_NAMES = new Set(['DBName', 'StageName', 'PolicyName', 'AttributeName', 'DeviceName', 'DisplayName']);
const NAMESPACES_OF_AWS = /^(AWS\/|com\.amazonaws\.|CodeDeployDefault\.)/;

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The text that a template value becomes in one account and region. */
function resolve(value: Json, stackName: string, region: string): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const { Ref: ref, 'Fn::Join': join } = value;
  if (ref === 'AWS::Region') return region;
  if (ref === 'AWS::StackName') return stackName;
  if (ref === 'AWS::AccountId') return '111122223333';
  if (!Array.isArray(join)) return undefined;
  const [separator, parts] = join as [string, Json[]];
  const texts = parts.map((part) => resolve(part, stackName, region));
  return texts.includes(undefined) ? undefined : texts.join(separator);
}

/** Every explicit physical name, export and metric namespace of a deployment; generated names hold the stack's. */
function physicalNames({ stacks, data, application }: Synthesised, region: string): string[] {
  const found: string[] = [];
  const collect = (value: Json, path: string, stackName: string): void => {
    if (value === null || typeof value !== 'object') return;
    for (const [key, child] of Object.entries(value)) {
      const isName = /(Name|Namespace)$/.test(key) && !LOCAL_NAMES.has(key);
      const text = isName ? resolve(child, stackName, region) : undefined;
      if (text !== undefined) found.push(`${path}.${key} = ${text}`);
      collect(child, `${path}.${key}`, stackName);
    }
  };
  for (const [index, template] of [data, application].entries()) {
    const { Resources, Outputs } = template.toJSON() as Record<string, Record<string, Json>>;
    const stackName = stacks[index]?.stackName ?? '';
    for (const [id, resource] of Object.entries(Resources ?? {})) {
      const { Type, Properties } = resource as { Type: string; Properties?: Json };
      collect(Properties ?? {}, `${Type} ${id}`, stackName);
    }
    collect(Outputs ?? {}, 'Outputs', stackName);
  }
  return found.filter((line) => {
    const [path = '', text = ''] = line.split(' = ');
    // Dimensions and metrics of AWS, tags, and identifiers within one resource.
    return !(
      /\.(Dimensions|Tags|Variables|MetricTransformations\.\d+\.MetricName)\b/.test(path) ||
      /\.MetricName$/.test(path) ||
      /^AWS::WAFv2::WebACL .*\.Rules\./.test(path) ||
      /^AWS::Lambda::Alias /.test(path) ||
      NAMESPACES_OF_AWS.test(text)
    );
  });
}

const EVERYTHING = {
  egress: 'nat-instance',
  alarmEmail: 'ops@example.com',
  openaiAdminKey: true,
  anthropicAdminKey: true,
  anthropicKey: true,
  geminiKey: true,
  limitEventsTopic: true,
  limitEventsWebhookUrl: 'https://example.com/limits',
  vpcEndpoints: true,
  firewall: true,
} as const;

test.each([
  ['two names in one region', { name: 'blue' }, 'us-east-1', { name: 'green' }, 'us-east-1'],
  ['one name in two regions', {}, 'us-east-1', {}, 'eu-central-1'],
])('%s share no physical name', (_, first, here, second, there) => {
  const names = (choices: object, region: string) => physicalNames(synthesise({ ...EVERYTHING, ...choices }), region);
  // Names of regional services may repeat in another region.
  const isGlobal = (line: string) => here === there || /^AWS::(CloudFront|IAM|S3|Route53)::/.test(line);
  const one = names(first, here);
  const other = new Set(names(second, there));
  expect(one.some((line) => line.startsWith('AWS::CloudFront::Function '))).toBe(true);
  expect(one.some((line) => line.startsWith('AWS::ApiGateway::RestApi '))).toBe(true);
  expect(one.filter((line) => isGlobal(line) && other.has(line))).toEqual([]);
});

test('names of the longest deployment fit: CloudFront allows 64 characters', () => {
  const longest = { name: 'a'.repeat(30) };
  const names = physicalNames(synthesise({ ...EVERYTHING, ...longest }), 'ap-southeast-2');
  const global = names.filter((line) => line.startsWith('AWS::CloudFront::')).map((line) => line.split(' = ')[1] ?? '');
  expect(global.length).toBeGreaterThan(2);
  expect(global.filter((name) => name.length > 64)).toEqual([]);
});
