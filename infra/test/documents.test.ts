import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSettings } from '../lib/settings/parse.ts';
import { path, synthesise } from './app.ts';

const docs = ['DEPLOY.md', 'RUNBOOK.md', 'COST.md'].map((name) => path(`../../docs/${name}`));
const read = (file: string) => readFileSync(file, 'utf8');
const [deploy = '', runbook = ''] = docs.map(read);

const everything = synthesise({
  openaiAdminKey: true,
  anthropicAdminKey: true,
  anthropicKey: true,
  geminiKey: true,
  limitEventsTopic: true,
  limitEventsWebhookUrl: 'https://example.com/limits',
  domainName: 'llm.example.com',
  certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/0a',
  dashboardDomainName: 'usage.example.com',
  dashboardCertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/0b',
});

test('the runbook has a section for each alarm, and for nothing else', () => {
  const alarms = Object.keys(everything.application.findResources('AWS::CloudWatch::Alarm')).map((id) =>
    id.replace(/^Alarms/, '').replace(/[0-9A-F]{8}$/, ''),
  );
  const section = runbook.split('\n## ').find((text) => text.startsWith('Alarms')) ?? '';
  const headings = [...section.matchAll(/^### (.+)$/gm)].flatMap(([, names = '']) => names.split(', '));
  expect(headings.sort()).toEqual(alarms.sort());
});

test('DEPLOY.md explains every output', () => {
  for (const template of [everything.data, everything.application]) {
    const outputs = Object.keys(template.findOutputs('*')).filter((id) => !/^(RestApi|Export)/.test(id));
    for (const output of outputs) expect(deploy).toContain(`\`${output}\``);
  }
});

test('DEPLOY.md reads only values that the data stack publishes', () => {
  const names = new Set(
    Object.values(everything.data.findResources('AWS::SSM::Parameter')).map(({ Properties }) =>
      Properties.Name.replace('/tokenmeter/tokenmeter/', ''),
    ),
  );
  const used = [...deploy.matchAll(/\$\(value ([\w-]+)\)|\/tokenmeter\/<name>\/([a-z-]+)/g)].map(([, a, b]) => a ?? b);
  expect(used.length).toBeGreaterThan(0);
  expect(used.filter((name) => !names.has(name))).toEqual([]);
});

describe.each(docs.map((file) => [file.replace(/.*\//, ''), file] as const))('%s', (_, file) => {
  const text = read(file);

  test('names settings and scripts that exist', () => {
    const settings = Object.keys(parseSettings({}));
    const { scripts } = JSON.parse(read(path('../package.json')));
    const camel = [
      ...text.matchAll(/`((?:database|egress|chat|api|firewall|vpc|openai|alarm|retention|reserve)[A-Z]\w*)`/g),
    ];
    for (const [, name = ''] of camel) expect(settings).toContain(name);
    const frontend = JSON.parse(read(path('../../frontend/package.json'))).scripts;
    for (const [, name = ''] of text.matchAll(/npm run ([a-z]+)/g))
      expect({ ...frontend, ...scripts }).toHaveProperty(name);
  });

  test('links to files that exist, in lines of at most 120 characters', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !existsSync(join(dirname(file), link)))).toEqual([]);
    const prose = text.split('\n').filter((line) => !line.startsWith('|'));
    expect(prose.filter((line) => line.length > 120)).toEqual([]);
  });
});
