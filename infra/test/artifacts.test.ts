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

/** Errors and warnings that the CLI would print about the chat function. */
function annotations(preview: boolean) {
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

test('a built function causes no errors or warnings', () => {
  build('chat', ARM64);
  expect(annotations(false)).toEqual({ errors: [], warnings: [] });
});

test('a missing function is an error that names the build command', () => {
  expect(annotations(false).errors).toEqual([
    expect.stringContaining('function chat is not built: run `cargo lambda build --release --arm64`'),
  ]);
});

test('a function built for another instruction set is an error', () => {
  build('chat', X86_64);
  expect(annotations(false).errors).toEqual([expect.stringContaining('function chat is built for x86_64')]);
});

test('a preview uses a placeholder and warns', () => {
  const { errors, warnings } = annotations(true);
  expect(errors).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('Do not deploy')]);
});
