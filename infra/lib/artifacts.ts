/** Locates the function binaries and the dashboard, which are built beforehand. Synthesis compiles nothing. */

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
  /** Output folder of `cargo lambda build`, with `<function>/bootstrap`. */
  readonly functionsDir: string;
  /** Output folder of `vite build`. */
  readonly siteDir: string;
  readonly architecture: FunctionArchitecture;
  /** Replaces missing artifacts with placeholders and a warning; otherwise the CLI refuses to deploy. */
  readonly preview: boolean;
}

const PLACEHOLDERS = fileURLToPath(new URL('../placeholders', import.meta.url));

/** `e_machine` of the ELF header. */
const ELF_MACHINES: Readonly<Record<number, FunctionArchitecture>> = { 62: 'x86_64', 183: 'arm64' };

export class Artifacts {
  constructor(private readonly props: ArtifactsProps) {}

  functionCode(scope: Construct, name: FunctionName): lambda.Code {
    const { architecture, functionsDir } = this.props;
    const remedy = `run \`cargo lambda build --release${architecture === 'arm64' ? ' --arm64' : ''}\` in the repository root`;
    const folder = join(functionsDir, name);
    const bootstrap = join(folder, 'bootstrap');
    if (!existsSync(bootstrap)) {
      this.report(scope, 'function-not-built', `function ${name} is not built: ${remedy}`);
      return lambda.Code.fromAsset(join(PLACEHOLDERS, 'function'));
    }
    const built = builtFor(bootstrap);
    if (built !== architecture) {
      const found = built ?? 'an unsupported platform';
      this.report(scope, 'function-wrong-architecture', `function ${name} is built for ${found}: ${remedy}`);
    }
    return lambda.Code.fromAsset(folder);
  }

  siteSource(scope: Construct): s3deploy.ISource {
    if (!existsSync(join(this.props.siteDir, 'index.html'))) {
      this.report(scope, 'site-not-built', 'the dashboard is not built: run `npm ci && npm run build` in frontend/');
      return s3deploy.Source.asset(join(PLACEHOLDERS, 'site'));
    }
    return s3deploy.Source.asset(this.props.siteDir);
  }

  private report(scope: Construct, id: string, message: string): void {
    if (this.props.preview) {
      Annotations.of(scope).addWarningV2(`tokenmeter:${id}`, `${message}. Do not deploy this output.`);
    } else {
      Annotations.of(scope).addError(`${message}, or pass \`-c preview=true\` to synthesise with placeholders`);
    }
  }
}

/** Reads the architecture from the ELF header: Lambda reports a mismatch only at the first invocation. */
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
