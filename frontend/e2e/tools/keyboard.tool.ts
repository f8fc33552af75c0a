// Every control is reached by Tab, says where the focus is, and lets go of it again. Part of `npm run sweep`.
import { expect, type Page, test } from '@playwright/test';
import { onEveryPage } from './pool';

interface Stop {
  name: string;
  hasRing: boolean;
}

const CONTROLS = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';

/** Marks all controls that Tab must reach, and returns how many there are. */
const markControls = (page: Page) =>
  page.evaluate((controls) => {
    const all = [...document.querySelectorAll<HTMLElement>(controls)].filter(
      (one) =>
        one.tabIndex >= 0 &&
        !one.matches(':disabled') &&
        one.checkVisibility({ visibilityProperty: true }) &&
        // Of a group of radio buttons, Tab reaches the chosen one.
        !(one instanceof HTMLInputElement && one.type === 'radio' && !one.checked),
    );
    all.forEach((one, index) => {
      one.dataset.stop = String(index);
    });
    return all.length;
  }, CONTROLS);

/** Where the focus is; undefined once it has left the page. */
const currentStop = (page: Page) =>
  page.evaluate(() => {
    const focused = document.activeElement as HTMLElement | null;
    if (!focused || focused === document.body) return undefined;
    // Fields draw the ring around themselves, segments and switches around their label.
    // A link that covers its row draws it around the row.
    const around = [focused, focused.nextElementSibling, focused.parentElement].flatMap((one) =>
      one ? [getComputedStyle(one), getComputedStyle(one, '::after')] : [],
    );
    const hasRing = around.some(({ outlineStyle, outlineWidth, borderColor }) => {
      const focus = getComputedStyle(document.documentElement).getPropertyValue('--focus');
      const probe = document.createElement('i');
      probe.style.color = focus;
      document.body.append(probe);
      const ring = getComputedStyle(probe).color;
      probe.remove();
      return (outlineStyle !== 'none' && outlineWidth !== '0px') || borderColor === ring;
    });
    return { name: `${focused.dataset.stop} ${focused.outerHTML.slice(0, 120)}`, hasRing };
  });

async function walk(page: Page, count: number): Promise<Stop[]> {
  const stops: Stop[] = [];
  let away = 0;
  // Scrolling tables are stops of their own.
  for (let press = 0; press < count + 20; press += 1) {
    await page.keyboard.press('Tab');
    const stop = await currentStop(page);
    // A list of suggestions that closes leaves the focus nowhere for one press.
    away = stop ? 0 : away + 1;
    if (away > 1 || stops.some(({ name }) => name === stop?.name)) break;
    if (stop) stops.push(stop);
  }
  return stops;
}

test('Tab reaches every control of every page, with a visible focus, and leaves again', async ({
  browser,
  request,
}) => {
  const missed = await onEveryPage(browser, request, async (page, { path, heading }) => {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
    // Figures that arrive would replace the controls that are counted.
    await page.route('**/api/**', async () => {});
    const count = await markControls(page);
    const stops = await walk(page, count);
    const reached = new Set(stops.map((stop) => Number.parseInt(stop.name, 10)));
    const skipped = Array.from({ length: count }, (_, index) => index).filter(
      (index) => !reached.has(index),
    );
    const bare = stops.filter(({ hasRing }) => !hasRing).map((stop) => stop.name);
    process.stdout.write(`${path}: ${count} controls\n`);
    return skipped.length > 0 || bare.length > 0 ? { count, skipped, bare } : {};
  });
  expect(missed).toEqual({});
});
