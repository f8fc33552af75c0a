/** Finds what was built elsewhere: function binaries and the dashboard. Synthesis itself compiles nothing. */

import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Annotations } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3deploy from 'aws-cdk-lib/aws-s3-deployment';
import type { Construct } from 'constructs';
import type { FunctionArchitecture } from './settings.ts';

export type FunctionName = 'chat' | 'summary' | 'admin' | 'maintain';

export interface ArtifactsProps {
  /** Where `cargo lambda build` puts `<function>/bootstrap`. */
  readonly functionsDir: string;
  /** Where `vite build` puts the dashboard. */
  readonly siteDir: string;
  readonly architecture: FunctionArchitecture;
  /** Allows placeholders, with a warning. Without it a missing artifact is an error, and the CLI refuses to deploy. */
  readonly preview: boolean;
}

const PLACEHOLDERS = fileURLToPath(new URL('../placeholders', import.meta.url));

/** `e_machine` of an ELF header. */
const ELF_MACHINES: Readonly<Record<number, FunctionArchitecture>> = { 62: 'x86_64', 183: 'arm64' };

export class Artifacts {
  constructor(private readonly props: ArtifactsProps) {}

  functionCode(scope: Construct, name: FunctionName): lambda.Code {
    const { architecture, functionsDir } = this.props;
    const cure = `run \`cargo lambda build --release${architecture === 'arm64' ? ' --arm64' : ''}\` in the repository root`;
    const folder = join(functionsDir, name);
    const bootstrap = join(folder, 'bootstrap');
    if (!existsSync(bootstrap)) {
      this.complain(scope, 'function-not-built', `function ${name} is not built: ${cure}`);
      return lambda.Code.fromAsset(join(PLACEHOLDERS, 'function'));
    }
    const built = builtFor(bootstrap);
    if (built !== architecture) {
      const found = built ?? 'something Lambda cannot run';
      this.complain(scope, 'function-wrong-architecture', `function ${name} is built for ${found}: ${cure}`);
    }
    return lambda.Code.fromAsset(folder);
  }

  siteSource(scope: Construct): s3deploy.ISource {
    if (!existsSync(join(this.props.siteDir, 'index.html'))) {
      this.complain(scope, 'site-not-built', 'the dashboard is not built: run `npm ci && npm run build` in frontend/');
      return s3deploy.Source.asset(join(PLACEHOLDERS, 'site'));
    }
    return s3deploy.Source.asset(this.props.siteDir);
  }

  private complain(scope: Construct, id: string, message: string): void {
    if (this.props.preview) {
      Annotations.of(scope).addWarningV2(`tokenmeter:${id}`, `${message}. Not fit to deploy.`);
    } else {
      Annotations.of(scope).addError(`${message}, or pass \`-c preview=true\` to look without deploying`);
    }
  }
}

/** Lambda reports a binary of the other instruction set only at the first call; the header tells now. */
function builtFor(file: string): FunctionArchitecture | undefined {
  const header = Buffer.alloc(20);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, header, 0, header.length, 0);
  } finally {
    closeSync(descriptor);
  }
  const isElf = header.readUInt32BE(0) === 0x7f454c46;
  return isElf ? ELF_MACHINES[header.readUInt16LE(18)] : undefined;
}
