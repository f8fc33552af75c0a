// What a first visit loads. A page that grows past its budget fails here.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const BUILD_MS = 300_000;

interface ManifestChunk {
  file: string;
  imports?: string[];
  css?: string[];
  isDynamicEntry?: boolean;
}

let directory = '';
let manifest: Record<string, ManifestChunk> = {};

// As a process of its own: bundlers do not run in the DOM of these tests.
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'dashboard-size-'));
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--manifest', '--outDir', directory, '--logLevel', 'error'];
  const env = { ...process.env, NODE_ENV: 'production', VITE_CONFIG_NATIVE_IGNORE_WARNING: 'true' };
  execFileSync(process.execPath, args, { cwd: root, env, stdio: 'pipe' });
  manifest = JSON.parse(readFileSync(join(directory, '.vite/manifest.json'), 'utf8'));
}, BUILD_MS);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** All files that a page needs to run: its own and those it imports, not what it loads later. */
function filesOf(kind: 'script' | 'style', sources: readonly string[]): string[] {
  const seen = new Set<string>();
  const add = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const needed of manifest[name]?.imports ?? []) add(needed);
  };
  for (const source of sources) {
    if (!manifest[source]) throw new Error(`no chunk starts at ${source}`);
    add(source);
  }
  const chunks = [...seen].flatMap((name) => manifest[name] ?? []);
  const files = chunks.flatMap(({ file, css = [] }) => (kind === 'script' ? [file] : css));
  return [...new Set(files)];
}

const kilobytes = (kind: 'script' | 'style', ...sources: string[]) =>
  filesOf(kind, sources).reduce(
    (sum, file) => sum + gzipSync(readFileSync(join(directory, file)), { level: 9 }).length / 1000,
    0,
  );

/** The start page has less than the others, which are opened from it. */
const budgetOf = (page: string) => (page.includes('OverviewPage') ? 210 : 230);

const ENTRY = 'index.html';
const FRAME = 'src/routes/SignedInLayout.tsx';

describe('kilobytes after gzip', () => {
  it('of the entry, up to the sign-in page', () => {
    expect(kilobytes('script', ENTRY)).toBeLessThanOrEqual(140);
    expect(kilobytes('style', ENTRY)).toBeLessThanOrEqual(30);
  });

  it('of each page, with the entry and the frame', () => {
    const pages = Object.keys(manifest).filter((name) => /^src\/routes\/\w+Page\.tsx$/.test(name));
    expect(pages.length).toBeGreaterThan(2);
    const sizes = Object.fromEntries(
      pages.map((page) => [page, Math.round(kilobytes('script', ENTRY, FRAME, page))]),
    );
    const tooLarge = Object.entries(sizes).filter(([page, size]) => size > budgetOf(page));
    expect(tooLarge, JSON.stringify(sizes)).toEqual([]);
  });

  it('of all styles of each page, and of the font that a first view needs', () => {
    const frame = kilobytes('style', ENTRY, FRAME);
    expect(frame).toBeLessThanOrEqual(30);
    const latin = readdirSync(join(directory, 'assets')).find((name) =>
      /^inter-latin-wght/.test(name),
    );
    expect(statSync(join(directory, 'assets', latin ?? '')).size / 1000).toBeLessThanOrEqual(50);
  });
});
