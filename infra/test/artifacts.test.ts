import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Artifacts } from '../lib/artifacts.ts';

const ARM64 = 0xb7;
const X86_64 = 0x3e;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'artifacts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function build(name: string, machine: number): void {
  const binary = Buffer.alloc(64);
  binary.write('\x7fELF', 'latin1');
  binary.writeUInt16LE(machine, 18);
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'bootstrap'), binary, { mode: 0o755 });
}

/** What the command line would say about the chat function. */
function complaints(preview: boolean) {
  const stack = new Stack(new App({ context: { '@aws-cdk/core:annotationsInValidationReport': false } }), 'Stack');
  new CfnResource(stack, 'Topic', { type: 'AWS::SNS::Topic' });
  const artifacts = new Artifacts({ functionsDir: folder, siteDir: folder, architecture: 'arm64', preview });
  artifacts.functionCode(stack, 'chat');
  const found = Annotations.fromStack(stack);
  const text = (entries: { entry: { data?: unknown } }[]) => entries.map(({ entry }) => String(entry.data));
  return {
    errors: text(found.findError('*', Match.anyValue())),
    warnings: text(found.findWarning('*', Match.anyValue())),
  };
}

test('a built function is used without a word', () => {
  build('chat', ARM64);
  expect(complaints(false)).toEqual({ errors: [], warnings: [] });
});

test('a missing one is an error that names the cure, so nothing is deployed', () => {
  expect(complaints(false).errors).toEqual([
    expect.stringContaining('function chat is not built: run `cargo lambda build --release --arm64`'),
  ]);
});

test('one built for another instruction set is an error before Lambda finds out', () => {
  build('chat', X86_64);
  expect(complaints(false).errors).toEqual([expect.stringContaining('function chat is built for x86_64')]);
});

test('a preview stands a placeholder in and warns', () => {
  const { errors, warnings } = complaints(true);
  expect(errors).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('Not fit to deploy')]);
});
