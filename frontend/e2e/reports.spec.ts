// What leaves the page says the same as the page: links, curl commands, files, and the reasons of a change.
import { execFileSync } from 'node:child_process';
import type { Page } from '@playwright/test';
import type { components } from '../src/api/schema.gen';
import { parseUsd } from '../src/lib/money';
import { call, chat, exactAmount, expect, open, pico, removeLater, test } from './support';

type SummaryRow = components['schemas']['SummaryRow'];

const KEY = process.env.E2E_ADMIN_KEY ?? '';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

/** A report over three calls of two models that no other test changes. */
async function openReport(page: Page, label: string, more = '') {
  await open(page, `/explore?range=7d&label=${encodeURIComponent(label)}${more}`);
  await expect(page.getByText('adds up to the total')).toBeVisible();
  return page.getByRole('table', { name: 'Usage by model' });
}

let label = '';
test.beforeEach(async ({ request }) => {
  label = `e2e/reports/${crypto.randomUUID()}`;
  expect(await chat(request, label)).toBe(200);
  expect(await chat(request, label)).toBe(200);
});

test('a pinned link shows the same report in another browser', async ({ page, browser }) => {
  const table = await openReport(page, label);
  const shown = await table.innerText();
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByRole('menuitem', { name: 'Link to exactly these dates' }).click();
  await expect(page.getByText('It holds no key')).toBeVisible();
  const link = await clipboard(page);
  expect(link).toMatch(/from=\d{4}-\d\d-\d\d/);
  expect(link).not.toContain(KEY.slice(0, 8));

  const context = await browser.newContext({ timezoneId: 'Asia/Kathmandu' });
  const other = await context.newPage();
  await open(other, link);
  await expect
    .poll(() => other.getByRole('table', { name: 'Usage by model' }).innerText())
    .toBe(shown);
  await context.close();
});

test('the copied curl command returns the figures of the table', async ({ page }) => {
  const table = await openReport(page, label);
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  const command = await clipboard(page);
  expect(command).not.toContain(KEY);
  const env = { ...process.env, TOKENMETER_KEY: KEY };
  const rows: SummaryRow[] = JSON.parse(
    execFileSync('bash', ['-c', `${command} --silent --show-error --fail`], { env }).toString(),
  );
  expect(rows).toHaveLength(1);
  const cells = table.getByRole('row').nth(1).getByRole('cell');
  expect(await exactAmount(cells.nth(1))).toBe(parseUsd(rows[0]?.cost_usd ?? ''));
  await expect(cells.nth(4)).toHaveText(String(rows[0]?.calls));
});

test('the CSV holds the rows of the table, to the last digit', async ({ page }) => {
  const table = await openReport(page, label);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download CSV' }).click();
  const text = (await (await (await download).createReadStream()).toArray()).join('');
  const [head = '', ...lines] = text.trim().split('\r\n');
  const names = head.split(',');
  // All rows but the header and the total.
  const rows = (await table.getByRole('row').all()).slice(1, -1);
  expect(lines).toHaveLength(rows.length);
  for (const [index, row] of rows.entries()) {
    const fields = lines[index]?.split(',') ?? [];
    const field = (name: string) => fields[names.indexOf(name)] ?? '';
    const cells = row.getByRole('cell');
    expect(await cells.first().innerText()).toBe(field('model'));
    expect(await exactAmount(cells.nth(1))).toBe(parseUsd(field('cost_usd')));
    await expect(cells.nth(4)).toHaveText(field('calls'));
  }
});

async function savePicture(page: Page, kind: 'PNG' | 'SVG'): Promise<Buffer> {
  await page.getByRole('button', { name: 'Download the chart' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: `Picture as ${kind}` }).click();
  const file = await download;
  const name = new RegExp(`^tokenmeter_spend_by-model_.*\\.${kind.toLowerCase()}$`);
  expect(file.suggestedFilename()).toMatch(name);
  return Buffer.concat(await (await file.createReadStream()).toArray());
}

/** Opaque pixels of each colour, most first. */
const coloursOf = (page: Page, png: Buffer) =>
  page.evaluate(async (bytes) => {
    const blob = new Blob([Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))]);
    const bitmap = await createImageBitmap(blob);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    const pixels = context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? [];
    const counts = new Map<string, number>();
    for (let at = 0; at < pixels.length; at += 4) {
      const colour = `rgb(${pixels[at]}, ${pixels[at + 1]}, ${pixels[at + 2]})`;
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    const colours = [...counts].sort(([, left], [, right]) => right - left);
    return { width: bitmap.width, colours: colours.map(([colour]) => colour) };
  }, png.toString('base64'));

test('the picture of a chart stands on its own', async ({ page }) => {
  await openReport(page, label);
  const svg = (await savePicture(page, 'SVG')).toString();
  expect(svg).toContain('Spend per hour by model');
  expect(svg).toContain('gpt-4o-mini');
  // Neither classes nor variables of the page's styles.
  expect(svg).not.toMatch(/class=|var\(--/);
  const picture = await page.context().newPage();
  await picture.setContent(svg);
  const path = picture.locator('svg path[fill^="rgb"]').first();
  await expect(path).toBeVisible();
  const fill = (await path.getAttribute('fill')) ?? '';
  const width = Number(/<svg[^>]* width="([\d.]+)"/.exec(svg)?.[1]);

  // The same as pixels, twice as dense: ground and bars have the colours of the SVG.
  const png = await coloursOf(page, await savePicture(page, 'PNG'));
  expect(png.width).toBe(Math.round(width * 2));
  expect(png.colours[0]).toBe('rgb(255, 255, 255)');
  expect(png.colours.slice(0, 12)).toContain(fill);
});

test('the reasons of a change add up to it', async ({ page, request }) => {
  await openReport(page, label);
  await page.getByRole('button', { name: 'Why did it change?' }).click();
  const dialog = page.getByRole('dialog', { name: 'Why did it change?' });
  const terms = dialog.getByRole('definition');
  await expect(terms).toHaveCount(4);
  const titles = await terms.evaluateAll((all) =>
    all.map((one) => one.getAttribute('title') ?? ''),
  );
  const [volume = 0n, mix = 0n, price = 0n, change] = titles.map(pico);
  expect(volume + mix + price).toBe(change);
  const query = new URLSearchParams({ user_label: label, group_by: 'none' });
  const [total] = await call<SummaryRow[]>(request, `/api/usage/summary?${query}`);
  expect(change).toBe(parseUsd(total?.cost_usd ?? ''));
});

test('what has no price is drawn, worded and offered as work, never 0', async ({
  page,
  request,
}) => {
  const model = `e2e-unpriced-${crypto.randomUUID().slice(0, 8)}`;
  removeLater.unpriced(model);
  const sent = await request.post(`${process.env.E2E_API_URL ?? ''}/v1/chat/completions`, {
    headers: { authorization: `Bearer ${KEY}`, 'x-user-label': label },
    data: { model, messages: [{ role: 'user', content: 'Count the tokens.' }] },
  });
  expect(sent.status()).toBe(200);
  await open(page, `/?range=7d&label=${encodeURIComponent(label)}`);
  const totals = page.getByRole('region', { name: 'Totals' });
  await expect(totals).toContainText('+ 1 unpriced');
  await expect(page.getByRole('list', { name: 'Spend by model' })).toContainText(
    `${model}unpriced`,
  );
  await expect(page.getByRole('region', { name: 'Top models' })).toContainText('unpriced');
  const work = page.getByRole('region', { name: 'Needs attention' });
  await work.getByRole('link', { name: new RegExp(`Set price.*${model}`) }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Prices' })).toBeVisible();
  await expect(page.getByText(model).first()).toBeVisible();
});

test('the state of the sums stands behind every figure', async ({ page }) => {
  await open(page, '/');
  await page.getByRole('button', { name: /^Exact/ }).click();
  const panel = page.getByRole('dialog', { name: 'How exact these figures are' });
  await expect(panel).toContainText('Every call that has ended is counted.');
  await page.keyboard.press('Escape');
  await expect(panel).toHaveCount(0);
  await expect(page.getByRole('button', { name: /^Exact/ })).toBeFocused();
});
