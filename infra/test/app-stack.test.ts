import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { NETWORK_ACTIONS } from '../lib/constructs/rust-function.ts';
import { connectionBudget } from '../lib/settings/checks.ts';
import { functions, synthesise } from './app.ts';

const { application, settings } = synthesise();
const { chat, summary, admin, maintain, migrate } = functions(application);

test('resources with public addresses keep their logical ids', () => {
  const ids = ['AWS::ApiGateway::RestApi', 'AWS::CloudFront::Distribution'].flatMap((type) =>
    Object.keys(application.findResources(type)),
  );
  expect(ids).toMatchInlineSnapshot(`
    [
      "RestApi79D61EE8",
      "DashboardDistribution90702DDE",
    ]
  `);
});

describe('routes', () => {
  /** Every method of the API, by path. */
  function routes() {
    const resources = application.findResources('AWS::ApiGateway::Resource');
    const pathOf = (id: string): string => {
      const { PathPart, ParentId } = resources[id]?.Properties ?? {};
      return `${'Ref' in ParentId ? pathOf(ParentId.Ref) : ''}/${PathPart}`;
    };
    return Object.values(application.findResources('AWS::ApiGateway::Method')).map(({ Properties: method }) => ({
      path: pathOf(method.ResourceId.Ref),
      method: method.HttpMethod,
      handler: JSON.stringify(method.Integration.Uri).match(/"(Chat|Summary|Admin)Live/)?.[1],
      streams: method.Integration.ResponseTransferMode === 'STREAM',
      uri: JSON.stringify(method.Integration.Uri),
      timeout: method.Integration.TimeoutInMillis,
    }));
  }

  test('each path is routed to its function, with every method', () => {
    const table = routes().map(
      ({ path, method, handler, streams }) => `${method} ${path} → ${handler}${streams ? ', streaming' : ''}`,
    );
    expect(table.sort()).toEqual([
      'ANY /api/audit → Admin',
      'ANY /api/keys → Admin',
      'ANY /api/keys/{proxy+} → Admin',
      'ANY /api/limits → Admin',
      'ANY /api/limits/{proxy+} → Admin',
      'ANY /api/llm/chat → Chat, streaming',
      'ANY /api/model-routes → Admin',
      'ANY /api/model-routes/{proxy+} → Admin',
      'ANY /api/prices → Admin',
      'ANY /api/prices/{proxy+} → Admin',
      'ANY /api/upstreams → Admin',
      'ANY /api/upstreams/{proxy+} → Admin',
      'ANY /api/usage/{proxy+} → Summary, streaming',
      'ANY /chat/completions → Chat, streaming',
      'ANY /docs → Summary, streaming',
      'ANY /docs/{proxy+} → Summary, streaming',
      'ANY /embeddings → Chat, streaming',
      'ANY /healthz → Summary, streaming',
      'ANY /models → Chat, streaming',
      'ANY /openai/{proxy+} → Chat, streaming',
      'ANY /openapi.json → Summary, streaming',
      'ANY /responses → Chat, streaming',
      'ANY /v1 → Chat, streaming',
      'ANY /v1/{proxy+} → Chat, streaming',
      'ANY /{upstream}/{proxy+} → Chat, streaming',
    ]);
  });

  test('streaming integrations outlast the function and use the streaming invocation', () => {
    for (const route of routes().filter(({ streams }) => streams)) {
      expect(route.timeout).toBe(900_000);
      expect(route.uri).toMatch(/2021-11-15\/functions\/.*\/response-streaming-invocations/);
    }
    expect(chat.Properties.Timeout).toBe(840);
  });

  test('the endpoint is regional, because others cut silent streams after 30 s', () => {
    application.hasResourceProperties('AWS::ApiGateway::RestApi', { EndpointConfiguration: { Types: ['REGIONAL'] } });
  });
});

test('gateway responses allow other origins and match both error formats', () => {
  const responses = Object.values(application.findResources('AWS::ApiGateway::GatewayResponse'));
  expect(responses.map(({ Properties }) => Properties.ResponseType)).toContain('DEFAULT_5XX');
  for (const { Properties } of responses) {
    expect(Properties.ResponseParameters['gatewayresponse.header.Access-Control-Allow-Origin']).toBe("'*'");
    const text = Properties.ResponseTemplates['application/json']
      .replaceAll('$context.error.messageString', '"Message"')
      .replaceAll('$context.error.responseType', 'THROTTLED');
    const { detail, error, ...problem } = JSON.parse(text);
    expect(problem).toMatchObject({ title: 'THROTTLED' });
    expect(error).toMatchObject({ message: detail, param: null });
  }
});

test.each([
  ['MISSING_AUTHENTICATION_TOKEN', '404', 'gateway_error', 'endpoint_not_supported', '/v1', undefined],
  ['REQUEST_TOO_LARGE', '413', 'invalid_request_error', 'request_too_large', 'at most 6 MB', undefined],
  ['THROTTLED', '429', 'rate_limit_error', 'rate_limit_exceeded', 'retry', "'1'"],
  // Lambda at its concurrency limit was 503, like an outage.
  ['INTEGRATION_FAILURE', '429', 'rate_limit_error', 'concurrency_limit_exceeded', 'larger than 6 MB', "'1'"],
  ['INTEGRATION_TIMEOUT', '504', 'gateway_error', null, '$context.error.messageString', undefined],
])('%s is %s %s %s', (type, status, kind, code, text, retryAfter) => {
  const [response] = Object.values(
    application.findResources('AWS::ApiGateway::GatewayResponse', { Properties: { ResponseType: type } }),
  );
  const { StatusCode, ResponseParameters, ResponseTemplates } = response?.Properties ?? {};
  expect(StatusCode).toBe(status);
  expect(ResponseParameters['gatewayresponse.header.Retry-After']).toBe(retryAfter);
  const template = ResponseTemplates['application/json'];
  expect(template).toContain(`"type":"${kind}"`);
  expect(template).toContain(`"code":${JSON.stringify(code)}`);
  expect(template).toContain(text);
});

test('functions run our binary with 256 MB, in the network, with JSON logs', () => {
  for (const fn of [chat, summary, admin, maintain, migrate]) {
    expect(fn.Properties).toMatchObject({
      Runtime: 'provided.al2023',
      Handler: 'bootstrap',
      Architectures: ['arm64'],
      MemorySize: 256,
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO' },
      VpcConfig: { Ipv6AllowedForDualStack: true },
    });
  }
  expect(functions(synthesise({ architecture: 'x86_64' }).application).chat.Properties.Architectures).toEqual([
    'x86_64',
  ]);
});

test('reserved concurrency stays within the connection budget', () => {
  const reserved = [chat, summary, admin, maintain].map((fn) => fn.Properties.ReservedConcurrentExecutions as number);
  expect(reserved).toEqual([60, 15, 3, 2]);
  expect(reserved.reduce((sum, each) => sum + each)).toBeLessThanOrEqual(connectionBudget(settings));
});

test('reserveConcurrency=false reserves nothing', () => {
  const template = synthesise({ reserveConcurrency: false }).application;
  for (const fn of Object.values(functions(template))) {
    expect(fn.Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  }
});

describe('rights', () => {
  interface Statement {
    readonly Effect: string;
    readonly Action: string | string[];
    readonly Resource: unknown;
  }
  const statements = (role: RegExp): Statement[] =>
    Object.values(application.findResources('AWS::IAM::Policy'))
      .filter(({ Properties }) => role.test(Properties.Roles[0].Ref))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
  const ours = /^(Chat|Summary|Admin|MaintenanceMaintain|MaintenanceMigrate)Role/;

  test('only chat reads secrets of upstreams, and none but those by a prefix', () => {
    const below = statements(/./).filter(({ Resource }) => JSON.stringify(Resource).includes('upstreams/*'));
    expect(below.map(({ Effect, Action }) => [Effect, Action])).toEqual([['Allow', 'secretsmanager:GetSecretValue']]);
    expect(JSON.stringify(below[0]?.Resource)).toMatch(/":secret:tokenmeter\/upstreams\/\*"\]\]\}$/);
    expect(
      statements(/^ChatRole/)
        .map(({ Resource }) => JSON.stringify(Resource))
        .join(),
    ).toContain('upstreams/*');
  });

  test('no function has wildcards except for network actions, which its code is denied, and upstreams', () => {
    const all = statements(ours).filter(({ Resource }) => !JSON.stringify(Resource).includes('upstreams/*'));
    expect(all.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
    const wide = all.filter(({ Resource }) => JSON.stringify(Resource).includes('*'));
    expect(wide.map(({ Effect, Action }) => [Effect, Action])).toEqual(
      ['chat', 'summary', 'admin', 'maintain', 'migrate'].flatMap(() => [
        ['Allow', NETWORK_ACTIONS],
        ['Deny', NETWORK_ACTIONS],
      ]),
    );
  });

  test('no function has a managed policy', () => {
    for (const [id, role] of Object.entries(application.findResources('AWS::IAM::Role'))) {
      if (ours.test(id)) expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });

  test.each([
    ['chat', /^ChatRole/, ['tokenmeter_chat']],
    ['summary', /^SummaryRole/, ['tokenmeter_summary']],
    ['admin', /^AdminRole/, ['tokenmeter_admin']],
    ['maintain', /^MaintenanceMaintainRole/, []],
    ['migrate', /^MaintenanceMigrateRole/, []],
  ])('%s can only connect as its own database user', (_, role, users) => {
    const signIns = statements(role).filter(({ Action }) => Action === 'rds-db:connect');
    expect(signIns.map(({ Resource }) => JSON.stringify(Resource).match(/\/(\w+)"\]\]/)?.[1])).toEqual(users);
  });

  test('only chat and maintain can read the provider key', () => {
    const roles = [/^ChatRole/, /^SummaryRole/, /^AdminRole/, /^MaintenanceMaintainRole/, /^MaintenanceMigrateRole/];
    const readers = roles.map((role) => /providerkeyarn/i.test(JSON.stringify(statements(role))));
    expect(readers).toEqual([true, false, false, true, false]);
  });

  test('only migrations can write a secret, and only that of the first admin key', () => {
    const writes = statements(ours).filter(({ Action }) => /Put|Update|Create/.test(JSON.stringify(Action)));
    const secrets = writes.filter(({ Action }) => JSON.stringify(Action).includes('secretsmanager:'));
    expect(secrets).toEqual(statements(/^MaintenanceMigrateRole/).filter((each) => secrets.includes(each)));
    expect(secrets.map(({ Resource }) => JSON.stringify(Resource))).toEqual([
      expect.stringMatching(/firstadminkeyarn/i),
    ]);
  });

  test('maintain of each minute can read neither the pepper nor the first admin key', () => {
    expect(JSON.stringify(statements(/^MaintenanceMaintainRole/))).not.toMatch(/pepper|firstadminkey/i);
  });
});

describe('migrations', () => {
  test('run before dependent functions change, and whenever their binary changes', () => {
    const [trigger] = Object.keys(application.findResources('Custom::Trigger'));
    expect(chat.DependsOn).toContain(trigger);
    expect(summary.DependsOn).toContain(trigger);
    expect(admin.DependsOn).toContain(trigger);
    application.hasResourceProperties('Custom::Trigger', {
      HandlerArn: { Ref: Match.stringLikeRegexp('^MaintenanceMigrateFunctionCurrentVersion') },
      InvocationType: 'RequestResponse',
      ExecuteOnHandlerChange: true,
    });
  });

  test('run after the role has all its policies', () => {
    expect(migrate.DependsOn).toContainEqual(expect.stringMatching(/^MaintenanceMigrateRoleDefaultPolicy/));
  });

  test('are all that a deployment runs: a trigger sends no payload', () => {
    expect(migrate.Properties.Environment).toMatchObject({ Variables: { DEFAULT_ACTION: 'migrate' } });
  });

  test('maintenance runs each minute without retries', () => {
    application.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 minute)',
      Targets: [
        Match.objectLike({
          Input: '{"action":"tick"}',
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        }),
      ],
    });
  });
});

test('every log group has a retention', () => {
  application.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: Match.anyValue() });
});
