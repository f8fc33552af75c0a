// What is checked of a page as it stands: WCAG 2.2 AA by axe in every width and theme and in forced colours, no
// sideways scrolling down to 320 px, no motion where the reader asked for none.
import { expect, type Page } from '@playwright/test';
import axeCore from 'axe-core';

declare const axe: typeof import('axe-core');

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const HEIGHTS: Readonly<Record<number, number>> = { 1440: 900, 720: 450, 390: 844, 320: 640 };
/** 720 is 1440 px at 200 %. */
const WIDTHS = [1440, 720, 390] as const;
/** 1280 px at 400 %. */
const NARROWEST = 320;

/** Pictures that axe has passed judgement on in this process. */
export const counted = { pictures: 0 };

/** Themes change colours alone: the other rules see the same page again. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

async function violations(page: Page, rules?: string[]): Promise<string[]> {
  counted.pictures += 1;
  const found = await page.evaluate(
    (runOnly) => axe.run(document, { runOnly, resultTypes: ['violations'] }),
    rules ? { type: 'rule' as const, values: rules } : { type: 'tag' as const, values: TAGS },
  );
  return found.violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`).join(' | ')}`,
  );
}

/** Layout follows a new width or theme in the next frames. */
const nextFrames = (page: Page) =>
  page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  });

const overflowOf = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Animations and transitions that run although the reader prefers none: fades as well, a mere delay not. */
const motionOf = (page: Page) =>
  page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ playState }) => playState === 'running')
      .filter(({ effect }) => effect?.getComputedTiming().duration !== 0)
      .map(({ effect }) => (effect as KeyframeEffect).target)
      .map((target) => target?.outerHTML.slice(0, 120) ?? 'unknown element'),
  );

export async function resize(page: Page, width: number) {
  await page.setViewportSize({ width, height: HEIGHTS[width] ?? 800 });
  await nextFrames(page);
}

interface Findings {
  [picture: string]: unknown;
}

/** The pictures of one width: both themes, forced colours, and whether anything sticks out sideways. */
export async function sweepAt(page: Page, width: number): Promise<Findings> {
  const found: Findings = {};
  const note = (name: string, findings: readonly unknown[]) => {
    if (findings.length > 0) found[`${width} ${name}`] = findings;
  };
  await page.evaluate(axeCore.source);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await nextFrames(page);
    note(colorScheme, await violations(page, colorScheme === 'dark' ? COLOUR_RULES : undefined));
  }
  // The themes of the layout between do not differ from those of the wide one.
  if (width !== 720) {
    await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
    await nextFrames(page);
    note('forced colours', await violations(page, COLOUR_RULES));
    await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'reduce' });
  }
  const sideways = await overflowOf(page);
  note('sideways', sideways > 0 ? [sideways] : []);
  note('motion', await motionOf(page));
  return found;
}

/** All pictures of a page that has reached a state. Findings are empty if all is well. */
export async function sweep(page: Page, settle: () => Promise<void>): Promise<Findings> {
  const found: Findings = {};
  for (const width of WIDTHS) {
    await resize(page, width);
    // Another layout may ask for more.
    await settle();
    Object.assign(found, await sweepAt(page, width));
  }
  await resize(page, NARROWEST);
  const sideways = await overflowOf(page);
  if (sideways > 0) found[`${NARROWEST} sideways`] = [sideways];
  return found;
}

/** The policy of the response that the page came with: own origin only, no exception. */
export function expectStrictPolicy(headers: Readonly<Record<string, string>>) {
  const policy = headers['content-security-policy'] ?? 'none: sweep the production build';
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toMatch(/unsafe|\bdata:|\bblob:|\*/);
}
