import { readFileSync } from 'node:fs';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { environment, functions, path, synthesise } from './app.ts';

const { chat, summary, admin, maintain, migrate } = functions(synthesise().application);

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
    [
      'chat',
      chat,
      [
        ...address,
        'DATABASE_USER',
        'OPENAI_SECRET_ARN',
        'KEY_PEPPER_SECRET_ARN',
        'ACCEPT_PROVIDER_KEYS',
        'METRICS_NAMESPACE',
        'UPSTREAM_TIMEOUT_SECONDS',
        'BACKGROUND_DEADLINE_HOURS',
      ],
    ],
    ['summary', summary, [...address, 'DATABASE_USER', 'KEY_PEPPER_SECRET_ARN', 'ACCEPT_PROVIDER_KEYS']],
    ['admin', admin, [...address, 'DATABASE_USER', 'KEY_PEPPER_SECRET_ARN']],
    ['maintain', maintain, [...address, 'DATABASE_SECRET_ARN', 'METRICS_NAMESPACE', 'OPENAI_SECRET_ARN']],
    [
      'migrate',
      migrate,
      [...address, 'DATABASE_SECRET_ARN', 'DEFAULT_ACTION', 'FIRST_ADMIN_KEY_SECRET_ARN', 'KEY_PEPPER_SECRET_ARN'],
    ],
  ])('%s gets exactly the variables it needs, all documented in .env.example', (_, fn, needed) => {
    expect(own(fn).sort()).toEqual(needed.sort());
    expect(own(fn).filter((name) => !contract.has(name))).toEqual([]);
  });

  test('dual-stack names of AWS APIs are used only where IPv6 is the only way out', () => {
    const names = (egress: 'nat-gateway' | 'nat-instance' | 'none') =>
      Object.values(functions(synthesise({ egress }).application)).map(
        (fn) => environment(fn).AWS_USE_DUALSTACK_ENDPOINT,
      );
    expect(new Set(names('none'))).toEqual(new Set(['true']));
    expect(new Set(names('nat-gateway'))).toEqual(new Set([undefined]));
    expect(names('nat-instance')).toEqual(names('nat-gateway'));
  });

  test('each function has its own database user, and only maintain and migrate are the owner', () => {
    expect(environment(chat)).toMatchObject({ DATABASE_USER: 'tokenmeter_chat', DATABASE_AUTH: 'iam' });
    expect(environment(summary)).toMatchObject({ DATABASE_USER: 'tokenmeter_summary', DATABASE_AUTH: 'iam' });
    expect(environment(admin)).toMatchObject({ DATABASE_USER: 'tokenmeter_admin', DATABASE_AUTH: 'iam' });
    for (const fn of [maintain, migrate]) expect(environment(fn)).toMatchObject({ DATABASE_AUTH: 'secret' });
  });

  test('deployments reject provider keys of callers', () => {
    expect(environment(chat).ACCEPT_PROVIDER_KEYS).toBe('false');
    expect(environment(summary).ACCEPT_PROVIDER_KEYS).toBe('false');
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

describe.each([
  ['openaiAdminKey', 'OPENAI_ADMIN_SECRET_ARN'],
  ['anthropicAdminKey', 'ANTHROPIC_ADMIN_SECRET_ARN'],
])('%s', (setting, variable) => {
  test('only maintain gets it, from a retained secret, and only if enabled', () => {
    expect(environment(maintain)).not.toHaveProperty(variable);
    const fetched = synthesise({ [setting]: true, openaiApiBase: 'https://models.example.com/v1' });
    const fns = functions(fetched.application);
    expect(environment(fns.maintain)).toHaveProperty(variable);
    expect(environment(fns.maintain).OPENAI_API_BASE).toBe('https://models.example.com/v1');
    for (const fn of [fns.chat, fns.summary, fns.admin]) {
      expect(environment(fn)).not.toHaveProperty(variable);
    }
    expect(readFileSync(path('../../.env.example'), 'utf8')).toContain(`# ${variable}=`);
    fetched.data.hasResource('AWS::SecretsManager::Secret', {
      Properties: { SecretString: 'put-the-admin-key-here' },
      DeletionPolicy: 'Retain',
    });
  });
});

describe.each([
  ['anthropicKey', 'ANTHROPIC_SECRET_ARN', 'AnthropicKeySecret', "Anthropic's API key"],
  ['geminiKey', 'GEMINI_SECRET_ARN', 'GeminiKeySecret', "Google's key for the Gemini API"],
])('%s', (setting, variable, output, description) => {
  test('only chat gets it, from a retained secret, and only if enabled', () => {
    expect(environment(functions(synthesise({}).application).chat)).not.toHaveProperty(variable);
    const served = synthesise({ [setting]: true });
    const { chat, ...rest } = functions(served.application);
    expect(environment(chat)).toHaveProperty(variable);
    for (const fn of Object.values(rest)) expect(environment(fn)).not.toHaveProperty(variable);
    expect(readFileSync(path('../../.env.example'), 'utf8')).toContain(`# ${variable}=`);
    served.data.hasOutput(output, {});
    served.data.hasResource('AWS::SecretsManager::Secret', {
      Properties: { Description: `Tokenmeter: ${description}, as plain text` },
      DeletionPolicy: 'Retain',
    });
  });
});

test('only chat may call the models of Bedrock, and only if a region is set', () => {
  const grants = (template: Template) =>
    Object.entries(template.findResources('AWS::IAM::Policy')).filter(([, policy]) =>
      JSON.stringify(policy).includes('bedrock:'),
    );
  expect(grants(synthesise({}).application)).toEqual([]);
  const served = synthesise({ bedrockRegion: 'eu-central-1' }).application;
  const { chat, ...rest } = functions(served);
  expect(environment(chat).BEDROCK_REGION).toBe('eu-central-1');
  for (const fn of Object.values(rest)) expect(environment(fn)).not.toHaveProperty('BEDROCK_REGION');
  const [[id = '', policy] = [], ...others] = grants(served);
  expect([id.startsWith('Chat'), others.length]).toEqual([true, 0]);
  const text = JSON.stringify(policy);
  for (const action of ['InvokeModel', 'InvokeModelWithResponseStream', 'CountTokens']) {
    expect(text).toContain(`"bedrock:${action}"`);
  }
  expect(text).toContain(':bedrock:*::foundation-model/*');
  expect(text).toContain(':bedrock:eu-central-1:');
  expect(() => synthesise({ bedrockRegion: 'Frankfurt' })).toThrow('a region like eu-central-1');
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
