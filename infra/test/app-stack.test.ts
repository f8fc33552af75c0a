import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { CONTENT_SECURITY_POLICY, PAGE_REWRITE } from '../lib/constructs/dashboard.ts';
import { NETWORK_ACTIONS } from '../lib/constructs/rust-function.ts';
import { connectionBudget } from '../lib/settings.ts';
import { environment, functions, path, synthesise } from './app.ts';

const { application, settings } = synthesise();
const { chat, summary, admin, maintain } = functions(application);

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
      handler: JSON.stringify(method.Integration.Uri).match(/"(Chat|Summary|Admin|Maintenance)\w*Function/)?.[1],
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
      'ANY /api/prices → Admin',
      'ANY /api/prices/{proxy+} → Admin',
      'ANY /api/usage/{proxy+} → Summary, streaming',
      'ANY /docs → Summary, streaming',
      'ANY /docs/{proxy+} → Summary, streaming',
      'ANY /healthz → Summary, streaming',
      'ANY /openapi.json → Summary, streaming',
      'ANY /v1/{proxy+} → Chat, streaming',
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
    expect(JSON.parse(text)).toMatchObject({
      title: 'THROTTLED',
      detail: 'Message',
      error: { message: 'Message', param: null, code: null },
    });
  }
});

test('functions run our binary with 256 MB, in the network, with JSON logs', () => {
  for (const fn of [chat, summary, admin, maintain]) {
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

describe('environment', () => {
  const contract = new Set(
    [...readFileSync(path('../../.env.example'), 'utf8').matchAll(/^(?:# )?([A-Z][A-Z0-9_]*)=/gm)].map(
      ([, name]) => name,
    ),
  );
  const own = (fn: typeof chat) =>
    Object.keys(environment(fn)).filter(
      (name) => !['AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH', 'AWS_USE_DUALSTACK_ENDPOINT'].includes(name),
    );
  const address = [
    'DATABASE_HOST',
    'DATABASE_PORT',
    'DATABASE_NAME',
    'DATABASE_AUTH',
    'DATABASE_POOL_SIZE',
    'RUST_LOG',
  ];

  test.each([
    ['chat', chat, [...address, 'DATABASE_USER', 'OPENAI_SECRET_ARN', 'KEY_PEPPER_SECRET_ARN', 'ACCEPT_PROVIDER_KEYS']],
    ['summary', summary, [...address, 'DATABASE_USER', 'KEY_PEPPER_SECRET_ARN']],
    ['admin', admin, [...address, 'DATABASE_USER', 'KEY_PEPPER_SECRET_ARN']],
    ['maintain', maintain, [...address, 'DATABASE_SECRET_ARN']],
  ])('%s gets exactly the variables it needs, all documented in .env.example', (_, fn, needed) => {
    expect(own(fn).sort()).toEqual(needed.sort());
    expect(own(fn).filter((name) => !contract.has(name))).toEqual([]);
  });

  test('each function has its own database user, and only maintain is the owner', () => {
    expect(environment(chat)).toMatchObject({ DATABASE_USER: 'tokenmeter_chat', DATABASE_AUTH: 'iam' });
    expect(environment(summary)).toMatchObject({ DATABASE_USER: 'tokenmeter_summary', DATABASE_AUTH: 'iam' });
    expect(environment(admin)).toMatchObject({ DATABASE_USER: 'tokenmeter_admin', DATABASE_AUTH: 'iam' });
    expect(environment(maintain)).toMatchObject({ DATABASE_AUTH: 'secret' });
  });

  test('deployments reject provider keys of callers', () => {
    expect(environment(chat).ACCEPT_PROVIDER_KEYS).toBe('false');
  });

  test('only chat gets the base URL of another provider', () => {
    const others = functions(synthesise({ openaiApiBase: 'https://models.example.com/v1' }).application);
    expect(environment(others.chat).OPENAI_API_BASE).toBe('https://models.example.com/v1');
    expect(contract).toContain('OPENAI_API_BASE');
    expect(environment(others.summary)).not.toHaveProperty('OPENAI_API_BASE');
  });

  test('only maintain gets the retention, and calls are kept forever by default', () => {
    const others = functions(synthesise({ retentionMonths: 24 }).application);
    expect(environment(others.maintain).RETENTION_MONTHS).toBe('24');
    expect(contract).toContain('RETENTION_MONTHS');
    expect(environment(others.summary)).not.toHaveProperty('RETENTION_MONTHS');
    expect(environment(maintain)).not.toHaveProperty('RETENTION_MONTHS');
  });
});

describe('provider usage and costs', () => {
  test('only maintain gets the admin key, from a retained secret, and only if enabled', () => {
    expect(environment(maintain)).not.toHaveProperty('OPENAI_ADMIN_SECRET_ARN');
    const fetched = synthesise({ openaiAdminKey: true, openaiApiBase: 'https://models.example.com/v1' });
    const fns = functions(fetched.application);
    expect(environment(fns.maintain)).toHaveProperty('OPENAI_ADMIN_SECRET_ARN');
    expect(environment(fns.maintain).OPENAI_API_BASE).toBe('https://models.example.com/v1');
    for (const fn of [fns.chat, fns.summary, fns.admin]) {
      expect(environment(fn)).not.toHaveProperty('OPENAI_ADMIN_SECRET_ARN');
    }
    expect(readFileSync(path('../../.env.example'), 'utf8')).toContain('# OPENAI_ADMIN_SECRET_ARN=');
    fetched.data.hasResource('AWS::SecretsManager::Secret', {
      Properties: { SecretString: 'put-the-admin-key-here' },
      DeletionPolicy: 'Retain',
    });
  });
});

describe('limit events', () => {
  test('have no receiver by default', () => {
    expect(environment(maintain)).not.toHaveProperty('LIMIT_EVENTS_WEBHOOK_URL');
    expect(environment(maintain)).not.toHaveProperty('LIMIT_EVENTS_TOPIC_ARN');
  });

  test('go to a webhook, signed with a retained secret, and to a TLS-only topic', () => {
    const configured = synthesise({ limitEventsWebhookUrl: 'https://example.com/limits', limitEventsTopic: true });
    const fns = functions(configured.application);
    const variables = environment(fns.maintain);
    expect(variables.LIMIT_EVENTS_WEBHOOK_URL).toBe('https://example.com/limits');
    for (const name of ['LIMIT_EVENTS_WEBHOOK_SECRET_ARN', 'LIMIT_EVENTS_TOPIC_ARN']) {
      expect(variables).toHaveProperty(name);
      expect(environment(fns.chat)).not.toHaveProperty(name);
    }
    const contract = readFileSync(path('../../.env.example'), 'utf8');
    for (const name of Object.keys(variables).filter((each) => each.startsWith('LIMIT_EVENTS'))) {
      expect(contract).toContain(`# ${name}=`);
    }
    configured.data.hasResource('AWS::SecretsManager::Secret', {
      Properties: { GenerateSecretString: { PasswordLength: 44, ExcludePunctuation: true } },
      DeletionPolicy: 'Retain',
    });
    configured.application.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: { Statement: [Match.objectLike({ Effect: 'Deny', Action: 'sns:Publish' })] },
      Topics: [{ Ref: Match.stringLikeRegexp('^MaintenanceLimitEvents') }],
    });
    const publishers = Object.values(configured.application.findResources('AWS::IAM::Policy')).filter(
      ({ Properties }) => JSON.stringify(Properties.PolicyDocument).includes('sns:Publish'),
    );
    expect(publishers.map(({ Properties }) => Properties.Roles[0].Ref)).toEqual([
      expect.stringMatching(/^MaintenanceMaintainRole/),
    ]);
  });
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
  const ours = /^(Chat|Summary|Admin|MaintenanceMaintain)Role/;

  test('no function has wildcards except for network actions, which its code is denied', () => {
    const all = statements(ours);
    expect(all.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
    const wide = all.filter(({ Resource }) => JSON.stringify(Resource).includes('*'));
    expect(wide.map(({ Effect, Action }) => [Effect, Action])).toEqual(
      ['chat', 'summary', 'admin', 'maintain'].flatMap(() => [
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
  ])('%s can only connect as its own database user', (_, role, users) => {
    const signIns = statements(role).filter(({ Action }) => Action === 'rds-db:connect');
    expect(signIns.map(({ Resource }) => JSON.stringify(Resource).match(/\/(\w+)"\]\]/)?.[1])).toEqual(users);
  });

  test('only chat can read the provider key', () => {
    const readers = [/^ChatRole/, /^SummaryRole/, /^AdminRole/, /^MaintenanceMaintainRole/].map((role) =>
      JSON.stringify(statements(role)).includes('ProviderKey'),
    );
    expect(readers).toEqual([true, false, false, false]);
  });
});

describe('migrations', () => {
  test('run before dependent functions change, and whenever their binary changes', () => {
    const [trigger] = Object.keys(application.findResources('Custom::Trigger'));
    expect(chat.DependsOn).toContain(trigger);
    expect(summary.DependsOn).toContain(trigger);
    expect(admin.DependsOn).toContain(trigger);
    application.hasResourceProperties('Custom::Trigger', {
      HandlerArn: { Ref: Match.stringLikeRegexp('^MaintenanceMaintainFunctionCurrentVersion') },
      InvocationType: 'RequestResponse',
      ExecuteOnHandlerChange: true,
    });
  });

  test('run after the role has all its policies', () => {
    expect(maintain.DependsOn).toContainEqual(expect.stringMatching(/^MaintenanceMaintainRoleDefaultPolicy/));
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

describe('dashboard', () => {
  test('allows no inline code, no other origins and no frames', () => {
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|https?:|\*/);
    application.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: {
        SecurityHeadersConfig: {
          ContentSecurityPolicy: {
            ContentSecurityPolicy:
              "default-src 'self'; connect-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            Override: true,
          },
          ContentTypeOptions: { Override: true },
          FrameOptions: { FrameOption: 'DENY', Override: true },
          ReferrerPolicy: { ReferrerPolicy: 'no-referrer', Override: true },
          StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, IncludeSubdomains: true, Override: true },
        },
      },
    });
  });

  test('serves the API on the same origin, uncached, with its key header and its 404 intact', () => {
    application.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        CustomErrorResponses: Match.absent(),
        CacheBehaviors: [
          Match.objectLike({
            PathPattern: '/api/*',
            ViewerProtocolPolicy: 'https-only',
            CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
            OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
          }),
        ],
      },
    });
  });

  test.each([
    ['/', '/index.html'],
    ['/keys/key_1', '/index.html'],
    ['/assets/index-abc.js', '/assets/index-abc.js'],
    ['/favicon.svg', '/favicon.svg'],
  ])('%s is served from %s', (uri, file) => {
    const request = runInNewContext(`${PAGE_REWRITE}; handler({ request: { uri: ${JSON.stringify(uri)} } })`);
    expect(request.uri).toBe(file);
  });

  test('files are readable only through the distribution', () => {
    application.allResourcesProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    application.resourceCountIs('AWS::CloudFront::OriginAccessControl', 1);
  });
});

test('alarms reach the topic, and the configured e-mail address', () => {
  const alarms = Object.values(application.findResources('AWS::CloudWatch::Alarm'));
  expect(alarms).not.toEqual([]);
  for (const { Properties } of alarms) {
    expect(Properties.AlarmActions).toHaveLength(1);
    expect(Properties.AlarmDescription).toBeTruthy();
  }
  application.resourceCountIs('AWS::SNS::Subscription', 0);
  synthesise({ alarmEmail: 'ops@example.com' }).application.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'ops@example.com',
  });
});

test('rollup differences raise an alarm', () => {
  // The name of the field that `maintain` logs.
  application.hasResourceProperties('AWS::Logs::MetricFilter', {
    FilterPattern: '{ $.rollup_differences >= 0 }',
    LogGroupName: { Ref: Match.stringLikeRegexp('MaintainLog') },
    MetricTransformations: [
      {
        MetricNamespace: 'Tokenmeter',
        MetricName: 'tokenmeter-app-rollup-differences',
        MetricValue: '$.rollup_differences',
      },
    ],
  });
  application.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'tokenmeter-app-rollup-differences',
    Namespace: 'Tokenmeter',
    Statistic: 'Maximum',
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
  });
});

test('every log group has a retention', () => {
  application.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: Match.anyValue() });
});
