import { describe, expect, it } from 'vitest';
import {
  draftOfUpstream,
  EMPTY_UPSTREAM,
  readDeployments,
  toNewUpstream,
  toUpstreamChanges,
  upstreamErrorsOf,
  validateUpstream,
} from './draft';
import { KNOWN_SERVERS } from './known';
import { clientUrl, keyText } from './words';

const AZURE = {
  ...EMPTY_UPSTREAM,
  name: 'azure',
  baseUrl: 'https://res.openai.azure.com/openai',
  auth: 'api-key' as const,
  deployments: 'chat-prod = gpt-4o\n\n eu=east = gpt-4o-mini ',
};
const STORED = {
  name: 'azure',
  wire: 'openai' as const,
  base_url: 'https://res.openai.azure.com/openai',
  auth: 'api-key' as const,
  region: null,
  key_variable: 'UPSTREAM_AZURE_KEY',
  secret_arn: null,
  price_provider: 'azure',
  price_source: 'table' as const,
  adds_stream_options: true,
  output_bound_member: 'max_tokens' as const,
  models: { 'chat-prod': 'gpt-4o' },
  created_at: '2026-11-30T00:00:00Z',
  changed_at: '2026-11-30T00:00:00Z',
};

describe('form of an upstream', () => {
  it('reads a deployment from each line, and names the line that is none', () => {
    expect(readDeployments(AZURE.deployments)).toEqual({
      models: { 'chat-prod': 'gpt-4o', eu: 'east = gpt-4o-mini' },
    });
    expect(readDeployments('a = b\nchat-prod')).toEqual({ wrongLine: 'chat-prod' });
    for (const line of ['= b', 'a =', '=']) {
      expect(readDeployments(line)).toEqual({ wrongLine: line });
    }
  });

  it('accepts every server that a form can start with, but for the name in its URL', () => {
    for (const { title, start } of KNOWN_SERVERS) {
      expect(validateUpstream({ ...EMPTY_UPSTREAM, ...start }), title).toEqual({});
    }
  });

  it('names what is wrong with each field', () => {
    const wrong = validateUpstream({
      ...EMPTY_UPSTREAM,
      name: 'Groq',
      baseUrl: 'api.groq.com/openai/v1?x=1',
      secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:other',
      priceProvider: 'G r',
      deployments: 'x',
    });
    expect(Object.keys(wrong).sort()).toEqual(
      ['baseUrl', 'deployments', 'name', 'priceProvider', 'secretArn'].sort(),
    );
    const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:tokenmeter/upstreams/a';
    expect(validateUpstream({ ...AZURE, secretArn: arn })).toEqual({});
    expect(validateUpstream({ ...AZURE, secretArn: arn, auth: 'none' })).toHaveProperty(
      'secretArn',
    );
    expect(upstreamErrorsOf({ base_url: 'no', name: 'taken' })).toEqual({
      baseUrl: 'no',
      name: 'taken',
    });
  });

  it('asks for a region where requests are signed, and sends it only then', () => {
    const bedrock = {
      ...EMPTY_UPSTREAM,
      ...KNOWN_SERVERS.find(({ title }) => title === 'Amazon Bedrock')?.start,
    };
    expect(toNewUpstream(bedrock)).toMatchObject({ auth: 'sigv4', region: 'eu-central-1' });
    expect(validateUpstream({ ...bedrock, region: 'Frankfurt' })).toHaveProperty('region');
    expect(validateUpstream({ ...bedrock, wire: 'openai' })).toHaveProperty('auth');
    const keyed = { ...bedrock, auth: 'bearer' as const };
    expect(validateUpstream({ ...keyed, region: 'Frankfurt' })).toEqual({});
    expect(toUpstreamChanges(keyed, bedrock)).toEqual({ auth: 'bearer', region: null });
  });

  it('sends only what changed', () => {
    const before = draftOfUpstream(STORED);
    expect(toNewUpstream(before)).toMatchObject({
      models: { 'chat-prod': 'gpt-4o' },
      name: 'azure',
    });
    expect(toUpstreamChanges(before, before)).toEqual({});
    const after = {
      ...before,
      baseUrl: ' https://b.example/openai ',
      secretArn: '',
      deployments: '',
    };
    expect(toUpstreamChanges(after, before)).toEqual({
      base_url: 'https://b.example/openai',
      models: {},
    });
  });
});

it('tells clients their base URL, and where the key of the server is', () => {
  const origin = 'https://meter.example';
  expect(clientUrl(STORED, origin)).toBe('https://meter.example/azure');
  const groq = { ...STORED, name: 'groq', base_url: 'https://api.groq.com/openai/v1' };
  expect(clientUrl(groq, origin)).toBe('https://meter.example/groq/v1');
  expect(clientUrl({ ...groq, wire: 'anthropic' }, origin)).toBe('https://meter.example/groq');
  expect(keyText(STORED)).toBe('UPSTREAM_AZURE_KEY');
  expect(keyText({ ...STORED, auth: 'none' })).toBe('none');
  expect(keyText({ ...STORED, auth: 'sigv4' })).toBe('UPSTREAM_AZURE_KEY, else the role');
  const secret = 'arn:aws:secretsmanager:eu-central-1:1:secret:tokenmeter/upstreams/a';
  expect(keyText({ ...STORED, secret_arn: secret })).toBe('secret tokenmeter/upstreams/a');
});
