// Runs a check on every page of the dashboard, several pages at a time in one signed-in browser context. A page that
// fails is a finding like any other, so that one of them does not hide the rest.
import type { APIRequestContext, Browser, Page } from '@playwright/test';
import { type DashboardPage, dashboardPages } from '../pages';
import { signIn } from '../support';

/** Chromium draws on one core and axe runs in it: more pages than this only wait for each other. */
const PARALLEL = Number(process.env.SWEEP_PARALLEL ?? 3);
const ONLY = process.env.SWEEP_ONLY?.split(',');

/** `new key` also wants `new key, 390`. */
const isWanted = (name: string) =>
  ONLY === undefined || ONLY.some((one) => name === one || name.startsWith(`${one}, `));

interface Work<T> {
  browser: Browser;
  jobs: readonly T[];
  nameOf: (job: T) => string;
  /** Findings; none if all is well. */
  check: (page: Page, job: T) => Promise<Record<string, unknown>>;
}

/** Findings by the name of the job. */
export async function inParallel<T>({ browser, jobs, nameOf, check }: Work<T>) {
  const context = await browser.newContext({
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
  });
  await signIn(context);
  const found: Record<string, unknown> = {};
  const waiting = jobs.filter((job) => isWanted(nameOf(job)));
  async function work() {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const page = await context.newPage();
      try {
        const findings = await check(page, job);
        if (Object.keys(findings).length > 0) found[nameOf(job)] = findings;
      } catch (error) {
        found[nameOf(job)] = { broken: String(error) };
      }
      // At once: a sweep takes long, and the report comes at its end.
      const finding = found[nameOf(job)];
      if (finding) process.stdout.write(`${nameOf(job)} ${JSON.stringify(finding, null, 2)}\n`);
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await page.close();
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work));
  await context.close();
  return found;
}

export async function onEveryPage(
  browser: Browser,
  request: APIRequestContext,
  check: (page: Page, shown: DashboardPage) => Promise<Record<string, unknown>>,
) {
  const jobs = await dashboardPages(request);
  return inParallel({ browser, jobs, nameOf: ({ name }) => name, check });
}
