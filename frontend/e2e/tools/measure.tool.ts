// Speed of each page of the production build: `npm run measure`. A slow computer and network are simulated, so that
// figures of different machines are near each other; the load of the machine is printed with them.
import { cpus, loadavg } from 'node:os';
import { type CDPSession, expect, type Page, test } from '@playwright/test';
import { dashboardPages } from '../pages';
import { open } from '../support';

const CPU_SLOWDOWN = 4;
const NETWORK = {
  offline: false,
  latency: 40,
  downloadThroughput: 1.25e6,
  uploadThroughput: 1.25e6,
};

/** What a page may take. Printed and not asserted: a busy machine must not fail a tool. */
const BUDGET: Timings = { lcp: 1_500, inp: 150, chart: 60 };

interface Timings {
  lcp: number;
  inp: number;
  chart: number;
}

/** Before the page's own scripts: the largest paint, the slowest interaction, the longest task of drawing. */
async function observe(page: Page) {
  await page.addInitScript(() => {
    const timings: Timings = { lcp: 0, inp: 0, chart: 0 };
    Object.assign(window, { timings });
    const on = (type: string, note: (entry: PerformanceEntry) => void, options = {}) =>
      new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({
        type,
        buffered: true,
        ...options,
      });
    on('largest-contentful-paint', ({ startTime }) => {
      timings.lcp = startTime;
    });
    on(
      'event',
      (entry) => {
        if (Reflect.get(entry, 'interactionId'))
          timings.inp = Math.max(timings.inp, entry.duration);
      },
      { durationThreshold: 16 },
    );
  });
}

async function slowDown(session: CDPSession) {
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', NETWORK);
  await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
}

/** From the resize to the frame in which the chart has its new size: layout, drawing and commit. */
const redraw = (page: Page) =>
  page.evaluate(async () => {
    const chart = document.querySelector<HTMLElement>('[aria-roledescription="chart"]');
    if (!chart) return undefined;
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const drawn = () => chart.querySelector('svg')?.getAttribute('width');
    const times: number[] = [];
    for (const cut of [40, 80, 120]) {
      const before = drawn();
      const start = performance.now();
      chart.style.width = `calc(100% - ${cut}px)`;
      while (drawn() === before) await frame();
      times.push(performance.now() - start);
    }
    return Math.round(Math.min(...times));
  });

test('speed of each page', async ({ browser, request }) => {
  const rows: string[] = [];
  for (const { name, path } of await dashboardPages(request)) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await observe(page);
    let requests = 0;
    page.on('request', (sent) => {
      if (new URL(sent.url()).pathname.startsWith('/api/')) requests += 1;
    });
    const session = await context.newCDPSession(page);
    await slowDown(session);
    await open(page, path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
    await page.waitForLoadState('networkidle');
    const loaded = requests;
    // Opens and closes what every page has.
    await page.getByRole('button', { name: 'Key and settings' }).first().click();
    await page.keyboard.press('Escape');
    await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
    const chart = await redraw(page);
    const { lcp, inp } = await page.evaluate(() => Reflect.get(window, 'timings') as Timings);
    rows.push(`| ${name} | ${Math.round(lcp)} | ${inp} | ${chart ?? '–'} | ${loaded} |`);
    await context.close();
  }
  const load = loadavg()[0]?.toFixed(1);
  process.stdout.write(
    [
      `${cpus().length} × ${cpus()[0]?.model}, load ${load}; CPU ×${CPU_SLOWDOWN}, 10 Mbit/s, 40 ms`,
      '| page | LCP ms | INP ms | chart ms | requests |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
      `| budget, on an idle machine | ${BUDGET.lcp} | ${BUDGET.inp} | ${BUDGET.chart} | |`,
      '',
    ].join('\n'),
  );
});
