import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { BRITISH_READER } from '../../browser/chromium';
import { holdAtScript } from '../../support/hold-at-script';
import { type ExampleOptions, exampleState, REPLAYED } from './example-state';
import { forEachViewport } from './for-each-viewport';
import { type OpenPage, type OpenPageOptions, openPage } from './open-page';
import { expectNoOverflow, walkByTab } from './reach';

/** The address of the report, whatever it is asked for. */
const REPORT = /\/api\/report/;

const HOUR = 3_600_000;
/** Enough of everything; the pictures show more. */
const RUNS = process.env.SCREENSHOTS === '1' ? 60 : 12;

/** A stored document whose newest run ended so, some time ago. */
const stored = (last: NonNullable<ExampleOptions['last']>, age = 0): OpenPageOptions => ({
  state: exampleState({ now: Date.now() - age, runs: RUNS, last }),
});

/** A stored document with a run that is under way, or was: its lease ends in so many minutes. */
function withLease(minutes: number): OpenPageOptions {
  const startedAt = new Date(Date.now() - 12_000).toISOString();
  const events = { 'Success Login': 1_000, 'Failed Login': 204 };
  const progress = { start: startedAt, end: '', logsRead: 1_300, logsProcessed: 1_204, events };
  const expiresAt = new Date(Date.now() + minutes * 60_000).toISOString();
  return { state: { ...stored('succeeded').state, lease: { owner: 'o', startedAt, expiresAt, progress } } };
}

/** Has the page ask for the report again, as it does when it is seen again. */
const askAgain = (page: Page) => page.evaluate('document.dispatchEvent(new Event("visibilitychange"))');

/** Opens the newest run. */
const openDetails = ({ page }: OpenPage) =>
  page
    .getByRole('button', { name: /^Details/ })
    .first()
    .click();

/** The states of the page: what is stored, how it is brought about, what must be read there. */
const STATES: Record<
  string,
  {
    /** Made when its turn comes, where they are soon too old. */
    options: OpenPageOptions | (() => OpenPageOptions);
    reach?: (open: OpenPage) => Promise<unknown>;
    says: string;
    /** Looked at with 200 %, too, and walked by keyboard. */
    isWalked?: boolean;
  }
> = {
  running: {
    options: stored('succeeded'),
    says: 'The last run succeeded',
  },
  failed: {
    options: stored('failed'),
    says: 'The last run failed.',
  },
  details: {
    options: stored('failed'),
    reach: openDetails,
    says: 'Why it failed, and what to do',
    isWalked: true,
  },
  'rejected-details': {
    options: stored('rejected'),
    reach: openDetails,
    says: 'but for 2 calls that could not be delivered',
    isWalked: true,
  },
  replayed: {
    options: { ...stored('replayed'), browser: BRITISH_READER, secrets: { START_FROM: REPLAYED } },
    reach: async (open) => {
      await open.page.locator('.runs tbody').first().getByText('Replay', { exact: true }).waitFor();
      await open.page.getByText(/Used on \d+ \w+.*\. It acts once/).waitFor();
      await openDetails(open);
    },
    says: 'Replay: started with this log, as START_FROM says',
    isWalked: true,
  },
  warning: { options: stored('warning'), says: 'Warning of the last run' },
  'catching-up': {
    options: stored('more-to-come'),
    says: 'at this pace the export has caught up in about',
  },
  quiet: { options: stored('quiet'), says: '288 runs, nothing to send' },
  'under-way': {
    options: () => ({ ...withLease(1), browser: BRITISH_READER }),
    says: '1,300 logs read, 1,204 events sent so far',
  },
  'cut-off': { options: withLease(-1), says: 'The last run was cut off before its end.' },
  overdue: { options: stored('succeeded', 3 * HOUR), says: 'The cron job seems to be stopped.' },
  filtered: {
    options: stored('succeeded'),
    reach: async ({ page }) => {
      await page.getByRole('button', { name: 'Failed', exact: true }).click();
      await page.locator('.runs').getByText('Succeeded').first().waitFor({ state: 'detached' });
    },
    says: 'Failed',
  },
  empty: { options: {}, says: 'No run yet' },
  settings: { options: { secrets: { SEGMENT_KEY: '', BATCH_SIZE: 'many' } }, says: 'SEGMENT_KEY is missing' },
  damaged: { options: { state: { checkpointId: 7 } }, says: 'The stored state is damaged' },
  offline: {
    options: stored('succeeded'),
    reach: async ({ page }) => {
      await page.route(REPORT, (route) => route.abort());
      await askAgain(page);
    },
    says: 'The page could not be refreshed',
  },
  uninstalled: {
    options: stored('succeeded'),
    reach: async ({ page }) => {
      // What the platform answers in place of a webtask that is gone.
      await page.route(REPORT, (route) => route.fulfill({ status: 404, json: { code: 404 } }));
      await askAgain(page);
    },
    says: 'it has been uninstalled, or installed anew',
  },
  'signed-out': {
    options: stored('succeeded'),
    reach: async ({ page }) => {
      await page.context().clearCookies();
      await askAgain(page);
    },
    says: 'Your session has ended',
  },
};

describe('the page of the extension', () => {
  for (const [state, { options, reach, says, isWalked }] of Object.entries(STATES)) {
    test(`is readable in light, in dark and on a phone in the state "${state}"`, async () => {
      const open = await openPage(typeof options === 'function' ? options() : options);
      await open.signIn();
      await reach?.(open);
      await forEachViewport(open.page, state, async () => {
        await open.page.getByText(says).first().waitFor();
        // The chart follows the width of the window a frame later.
        const fits = () => open.page.evaluate('document.documentElement.scrollWidth <= innerWidth');
        await expect.poll(fits).toBe(true);
      });
      if (!isWalked) return;
      // At 200 %.
      await open.page.setViewportSize({ width: 640, height: 400 });
      await expectNoOverflow(open.page);
      expect(await walkByTab(open.page)).toEqual([]);
    });
  }

  test('shows its name before its script has come, and a note without scripts', async () => {
    const { page, signIn, address } = await openPage(stored('succeeded'));
    await signIn();
    const html = await (await page.request.get(address)).text();
    await page.goto(await holdAtScript(html), { waitUntil: 'commit' });
    await page.getByRole('heading', { name: 'Auth0 Logs to Segment' }).waitFor();
    await page.getByText('Loading…').waitFor();
    expect(html).toMatch(/<noscript>.*This page needs JavaScript.*<\/noscript>/);
  });

  test('is readable while it loads', async () => {
    const { page, address } = await openPage();
    await page.route(REPORT, () => {});
    await page.goto(`${address}/login`);
    await forEachViewport(page, 'loading', async () => {
      await page.getByText('Loading…').waitFor();
    });
  });

  test('is readable after a refused login', async () => {
    const { page, address } = await openPage();
    // A callback comes to a browser that has begun no login.
    await page.setContent(`<form method="post" action="${address}/login/callback"></form>`);
    await page.evaluate('document.forms[0].submit()');
    await forEachViewport(page, 'login-refused', async () => {
      await page.getByText('This browser has begun no login').waitFor();
    });
  });
});
