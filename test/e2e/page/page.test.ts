import { describe, expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { BRITISH_READER } from '../../browser/chromium';
import { exampleState } from './example-state';
import { openPage } from './open-page';
import { expectNoOverflow, walkByTab } from './reach';

/** Longer than the page waits between two looks at the report. */
const A_WHILE_MS = 15_000;

describe('an administrator', () => {
  test('signs in, reads, filters, pages, opens details, copies a checkpoint and signs out', async () => {
    const state = exampleState({ now: Date.now(), runs: 60, last: 'failed' });
    const { page, address, authorization, signIn } = await openPage({ state });
    const requests: string[] = [];
    page.on('request', (request) => requests.push(new URL(request.url()).pathname));
    const problems: string[] = [];
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: address });

    await signIn();
    expect(page.url()).toBe(`${address}/`);
    // First paint with data: the page itself, and its data.
    expect(requests.slice(requests.indexOf('/'))).toEqual(['/', '/api/report']);
    await page.getByText(authorization.administrator.email).waitFor();
    await page.getByText('The last run failed.').waitFor();
    expect(await page.getByRole('img').getAttribute('aria-label')).toContain('4 runs failed');

    const rows = page.locator('.runs tbody');
    expect(await rows.count()).toBe(10);
    await page.getByText('1–10 of 60').waitFor();
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByText('11–20 of 60').waitFor();

    await page.getByRole('button', { name: 'Failed', exact: true }).click();
    await page.locator('.runs').getByText('Succeeded').first().waitFor({ state: 'detached' });
    expect(await rows.count()).toBe(4);
    expect(await page.locator('.runs .badge').allTextContents()).toEqual(Array(4).fill('Failed'));

    await rows
      .first()
      .getByRole('button', { name: /^Details/ })
      .click();
    const details = page.locator('.details');
    await details.getByText('Check SEGMENT_KEY').waitFor();
    await details.getByRole('button', { name: 'Copy the checkpoint to replay from' }).click();
    await details.getByText('Copied').waitFor();
    const copied = await page.evaluate('navigator.clipboard.readText()');
    expect(copied).toBe(await details.locator('.run-error code').last().textContent());
    expect(copied).toMatch(/^\d{40,}$/);

    await page.getByRole('link', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: /^Sign in as/ }).waitFor();
    await page.getByText('Whoever has signed out gets here.').waitFor();
    const response = await page.request.get(`${address}/api/report`);
    expect(response.status()).toBe(401);
    expect(problems).toEqual([]);
  });

  test('watches a new run appear, without doing anything', async () => {
    const { page, webtask, sandbox, signIn } = await openPage({
      sandbox: { tenant: { logs: generateLogs({ count: 300 }) } },
    });
    await page.clock.install();
    await signIn();
    await page.getByText('No run yet').waitFor();
    expect((await webtask.cron()).statusCode).toBe(200);
    await page.clock.fastForward(A_WHILE_MS);
    await page.getByText(/The last run succeeded: Segment accepted \d+ events/).waitFor();
    await page.getByText('The export is caught up.').waitFor();
    await page.getByRole('link', { name: 'the source’s Debugger' }).waitFor();
    await page
      .getByText(`does not confirm that the key (…${sandbox.segment.writeKey.slice(-4)}) is right`)
      .waitFor();

    webtask.secrets.START_FROM = sandbox.tenant.logAt(290).log_id;
    await page.clock.fastForward(A_WHILE_MS);
    await page.getByText('Not used yet: the next run starts with this log.').waitFor();
    expect((await webtask.cron()).statusCode).toBe(200);
    await page.clock.fastForward(A_WHILE_MS);
    await page.locator('.runs tbody').first().getByText('Replay', { exact: true }).waitFor();
    await page.getByText(/Used on .* It acts once: runs since then resume from the checkpoint\.$/).waitFor();
  });

  test('has the page rest while it is hidden, and looks again when it is seen', async () => {
    const { page, signIn } = await openPage({ state: exampleState({ now: Date.now() }) });
    await page.clock.install();
    await signIn();
    let asked = 0;
    page.on('request', () => {
      asked += 1;
    });
    const show = (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'));`,
      );
    await show(true);
    await page.clock.fastForward(A_WHILE_MS);
    await page.clock.fastForward(A_WHILE_MS);
    expect(asked).toBe(0);
    const answered = page.waitForResponse(/\/api\/report/);
    await show(false);
    expect((await answered).status()).toBe(200);
    expect(asked).toBe(1);
  });

  test('gets by with the keyboard alone', async () => {
    const { page, signIn } = await openPage({ state: exampleState({ now: Date.now(), runs: 12 }) });
    await signIn();
    const reached: string[] = [];
    for (let step = 0; step < 9; step += 1) {
      await page.keyboard.press('Tab');
      reached.push(
        String(await page.evaluate('document.activeElement.textContent || document.activeElement.title')),
      );
    }
    expect(reached.slice(0, 7)).toEqual([
      'Dashboard',
      'Extensions',
      'Sign out',
      'the source’s Debugger',
      'All runs',
      'Failed',
      'Copy checkpoint',
    ]);
    expect(reached[7]).toMatch(/^Details of the run of /);
    await page.locator('.runs tbody button[aria-expanded]').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('.details').waitFor();
    expect(await page.locator('[aria-expanded=true]').count()).toBe(1);
    // At 200 %.
    await page.setViewportSize({ width: 640, height: 400 });
    await expectNoOverflow(page);
    expect(await walkByTab(page)).toEqual([]);
  });

  test('finds the way back to the Dashboard', async () => {
    const { page, signIn } = await openPage({
      state: exampleState({ now: Date.now(), runs: 3 }),
      secrets: { AUTH0_MANAGE_URL: 'https://manage.example.com' },
    });
    await signIn();
    const links = page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link');
    expect(await links.allTextContents()).toEqual(['Dashboard', 'Extensions']);
    const addresses = await page.evaluate(
      "[...document.querySelectorAll('.breadcrumb a')].map((link) => link.href)",
    );
    expect(addresses).toEqual(['https://manage.example.com/', 'https://manage.example.com/#/extensions']);
  });

  test('sees many runs that had nothing to export as one, and what they read', async () => {
    const now = Date.now();
    const { page, signIn } = await openPage({
      browser: BRITISH_READER,
      state: exampleState({ now, runs: 12, last: 'quiet' }),
    });
    await signIn();
    await page.getByText('The last run succeeded; there was nothing to send.').waitFor();
    expect(await page.getByRole('img').getAttribute('aria-label')).toMatch(/^Chart of the last \d{3,} runs/);
    const row = page.locator('.runs tbody').first();
    await row.getByText(/^288 runs, nothing to send, .*\d\d:\d\d to .*\d\d:\d\d\.$/).waitFor();
    expect(await row.locator('[data-label=Duration]').textContent()).toBe('–');
    await row.getByRole('button', { name: /^Details of the 288 runs up to / }).click();
    for (const fact of ['Runs', 'First started', 'Last started']) {
      await page.locator('.details dt').getByText(fact, { exact: true }).waitFor();
    }
  });

  test('reads a table as a table on a phone', async () => {
    const { page, signIn } = await openPage({
      state: exampleState({ now: Date.now(), runs: 3 }),
      browser: { viewport: { width: 390, height: 800 } },
    });
    await signIn();
    expect(await page.getByRole('table').getByRole('row').count()).toBe(3);
    const labels = await page.evaluate<
      string[]
    >(`[...document.querySelectorAll('.runs tbody:first-of-type td')]
      .map((cell) => getComputedStyle(cell, '::before').content)`);
    const named = ['Started', 'Duration', 'Events sent', 'Checkpoint'];
    expect(labels.filter((label) => label !== 'none')).toEqual(named.map((name) => JSON.stringify(name)));
    expect(await page.getByRole('row').first().getByRole('cell').count()).toBeGreaterThan(4);
  });

  test('can do all of it where the platform parses bodies and where it mounts the webtask', async () => {
    const mounts = [
      { path: '/api/run/container/name', mount: { urlFormat: 1, container: 'container', name: 'name' } },
      { path: '/name', mount: { urlFormat: 2, container: 'container', name: 'name' } },
      { path: '/name', mount: { urlFormat: 3, container: 'container', name: 'name' } },
    ];
    for (const mounted of mounts) {
      const { page, address, signIn } = await openPage({
        ...mounted,
        parseBody: 1,
        state: exampleState({ now: Date.now(), runs: 3 }),
      });
      await signIn();
      expect(page.url()).toBe(`${address}/`);
      await page.getByText('The last run succeeded').waitFor();
      const cookies = await page.context().cookies(address);
      expect(cookies.map(({ path, httpOnly, secure }) => ({ path, httpOnly, secure }))).toEqual([
        { path: mounted.path, httpOnly: true, secure: true },
      ]);
    }
  });
});
