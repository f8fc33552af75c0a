import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { OWN_PATHS, TOO_LARGE_LENGTH } from '../lib/constructs/firewall.ts';
import { synthesise } from './app.ts';

const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0000-1111-2222-333344445555';
const NORTH_VIRGINIA = CERTIFICATE.replace('eu-central-1', 'us-east-1');
const DOMAINS = {
  domainName: 'llm.example.com',
  certificateArn: CERTIFICATE,
  dashboardDomainName: 'usage.example.com',
  dashboardCertificateArn: NORTH_VIRGINIA,
};

const outputs = (template: Template) =>
  Object.fromEntries(Object.entries(template.findOutputs('*')).map(([id, { Value }]) => [id, Value]));

describe('own domains', () => {
  const { application } = synthesise(DOMAINS);

  test('the API answers under its name, regional and with TLS 1.2, at the root', () => {
    application.hasResourceProperties('AWS::ApiGateway::DomainName', {
      DomainName: 'llm.example.com',
      RegionalCertificateArn: CERTIFICATE,
      EndpointConfiguration: { Types: ['REGIONAL'] },
      SecurityPolicy: 'TLS_1_2',
    });
    application.hasResourceProperties('AWS::ApiGateway::BasePathMapping', {
      BasePath: Match.absent(),
      RestApiId: { Ref: Match.stringLikeRegexp('^RestApi') },
      Stage: { Ref: Match.stringLikeRegexp('^RestApi.*Stage') },
    });
    expect(outputs(application).BaseUrl).toBe('https://llm.example.com/v1');
    expect(outputs(application)).toHaveProperty('ApiDomainTarget');
  });

  test('the dashboard answers under its name, with TLS 1.2', () => {
    application.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        Aliases: ['usage.example.com'],
        ViewerCertificate: { AcmCertificateArn: NORTH_VIRGINIA, MinimumProtocolVersion: 'TLSv1.2_2021' },
      },
    });
    expect(outputs(application).DashboardUrl).toBe('https://usage.example.com');
  });

  test('records are created in a zone, and left to the operator without one', () => {
    application.resourceCountIs('AWS::Route53::RecordSet', 0);
    const records = Object.values(
      synthesise({ ...DOMAINS, hostedZoneId: 'Z0123456789ABC' }).application.findResources('AWS::Route53::RecordSet'),
    ).map(({ Properties }) => `${Properties.Name} ${Properties.Type} ${Properties.HostedZoneId}`);
    expect(records.sort()).toEqual([
      'llm.example.com A Z0123456789ABC',
      'usage.example.com A Z0123456789ABC',
      'usage.example.com AAAA Z0123456789ABC',
    ]);
  });
});

describe('throttling', () => {
  test('follows the account by default, and the settings if they are given', () => {
    const methods = (template: Template) =>
      Object.values(template.findResources('AWS::ApiGateway::Stage')).flatMap(
        ({ Properties }) => Properties.MethodSettings,
      );
    expect(methods(synthesise().application)[0]).not.toHaveProperty('ThrottlingRateLimit');
    expect(methods(synthesise({ apiRateLimit: 200, apiBurstLimit: 400 }).application)).toEqual([
      expect.objectContaining({ HttpMethod: '*', ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 }),
    ]);
  });

  test('responses that allow a retry carry Retry-After', () => {
    const { application } = synthesise();
    for (const [type, retry] of [
      ['THROTTLED', "'1'"],
      ['INTEGRATION_FAILURE', "'1'"],
      ['REQUEST_TOO_LARGE', undefined],
    ]) {
      const [response] = Object.values(
        application.findResources('AWS::ApiGateway::GatewayResponse', { Properties: { ResponseType: type } }),
      );
      expect(response?.Properties.ResponseParameters['gatewayresponse.header.Retry-After']).toBe(retry);
    }
  });
});

describe('firewall', () => {
  const { application } = synthesise({ firewall: true, firewallRateLimit: 500 });
  interface Rule {
    readonly Name: string;
    readonly Priority: number;
    readonly Statement: { readonly [kind: string]: { readonly ScopeDownStatement?: unknown; readonly Limit?: number } };
    readonly Action?: unknown;
  }
  const [acl] = Object.values(application.findResources('AWS::WAFv2::WebACL'));
  const rules = (acl?.Properties.Rules ?? []) as Rule[];
  const matching = (regex: string) => ({ FieldToMatch: { UriPath: {} }, RegexString: regex });

  test('is off by default, and protects the stage of the API', () => {
    synthesise().application.resourceCountIs('AWS::WAFv2::WebACL', 0);
    expect(acl?.Properties.Scope).toBe('REGIONAL');
    const [association] = Object.values(application.findResources('AWS::WAFv2::WebACLAssociation'));
    expect(JSON.stringify(association?.Properties.ResourceArn)).toMatch(/\/restapis\/.*RestApi.*\/stages\/.*Stage/);
  });

  test('bodies that Lambda would not accept are 413, by their length', () => {
    const rule = rules.find(({ Name }) => Name === 'BodyTooLarge');
    expect(rule?.Action).toEqual({
      Block: { CustomResponse: { ResponseCode: 413, CustomResponseBodyKey: 'TooLarge' } },
    });
    const lengths = ['5999999', '6000000', '10485760', '60', '0'];
    expect(lengths.filter((length) => new RegExp(TOO_LARGE_LENGTH).test(length))).toEqual(['6000000', '10485760']);
    expect(JSON.parse(acl?.Properties.CustomResponseBodies.TooLarge.Content)).toMatchObject({
      status: 413,
      error: { type: 'invalid_request_error', code: 'request_too_large' },
    });
  });

  test('rules that read bodies skip paths with prompts', () => {
    const readers = rules.filter(({ Name }) => /CommonRuleSet|KnownBadInputs/.test(Name));
    expect(readers).toHaveLength(2);
    for (const { Statement } of readers) {
      expect(Statement.ManagedRuleGroupStatement?.ScopeDownStatement).toMatchObject({
        RegexMatchStatement: matching(OWN_PATHS),
      });
    }
  });

  test.each([
    ['/prod/v1/chat/completions', true],
    ['/v1/chat/completions', true],
    ['/prod/api/llm/chat', true],
    ['/v1beta/models/gemini-3.5-flash:generateContent', true],
    ['/gemini/v1alpha/models/gemini-3.5-flash:countTokens', true],
    ['/prod/groq/v1/chat/completions', true],
    ['/docs-of-mine/v1/messages', true],
    ['/prod/api/keys', false],
    ['/prod/api/keys/v1/x', false],
    ['/api/usage/summary', false],
    ['/prod/api/upstreams', false],
    ['/openapi.json', false],
  ])('%s carries a prompt: %s', (path, expected) => {
    expect(!new RegExp(OWN_PATHS).test(path)).toBe(expected);
  });

  test('large bodies of other paths are counted, not blocked', () => {
    const common = rules.find(({ Name }) => Name === 'AWSManagedRulesCommonRuleSet');
    expect(common?.Statement.ManagedRuleGroupStatement).toMatchObject({
      RuleActionOverrides: [{ Name: 'SizeRestrictions_BODY', ActionToUse: { Count: {} } }],
    });
  });

  test('addresses are limited where they are those of clients, with 429 in the format of OpenAI', () => {
    const rate = rules.find(({ Name }) => Name === 'AddressRate');
    expect(rate?.Statement.RateBasedStatement).toMatchObject({
      Limit: 500,
      AggregateKeyType: 'IP',
      ScopeDownStatement: { NotStatement: { Statement: { RegexMatchStatement: matching(OWN_PATHS) } } },
    });
    expect(rate?.Action).toMatchObject({ Block: { CustomResponse: { ResponseCode: 429 } } });
    const body = JSON.parse(acl?.Properties.CustomResponseBodies.TooMany.Content);
    expect(body).toMatchObject({ status: 429, error: { type: 'rate_limit_error', param: null } });
  });

  test('priorities are unique, and no request is sampled', () => {
    expect(new Set(rules.map(({ Priority }) => Priority)).size).toBe(rules.length);
    expect(JSON.stringify(acl)).not.toContain('"SampledRequestsEnabled":true');
  });
});
