import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../../server/sandbox/open-sandbox';
import { type GatedProxy, startGatedProxy } from '../../support/gated-proxy';
import { holdAtScript } from '../../support/hold-at-script';
import { temporaryFolder } from '../../support/temporary-folder';
import { addIdleTenants, addTenants } from './add-tenants';
import { look } from './look';
import { openDashboardPage, openInBrowser } from './open-dashboard-page';

/** The page tries each request again within that time. */
const A_WHILE_MS = 10_000;
/** More is felt as a jump (web.dev/cls). */
const MOST_SHIFT = 0.1;

/** Adds up how far what is on the page moves without having been asked to. */
const watchShifts = (page: Page) =>
  page.addInitScript(`
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  `);
const shiftOf = (page: Page) => page.evaluate<number>('window.shift');

/** Resolves once the page has drawn what it knows. */
const painted = (page: Page) =>
  page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');

/** A Dashboard behind a network that can be slowed down and broken. */
async function openBehindProxy(
  fill: (folder: string) => Promise<unknown>,
  env: Record<string, string> = {},
): Promise<{ page: Page; proxy: GatedProxy; url: string }> {
  const folder = await temporaryFolder();
  await fill(folder);
  const { page, url } = await openDashboardPage(['--no-sandbox'], { folder, env });
  return { page, url, proxy: await startGatedProxy(url) };
}

test('the page says what it is and that it is loading before its script has come', async () => {
  const { page, url } = await openDashboardPage(['--no-sandbox']);
  const html = await (await fetch(url)).text();
  const held = await holdAtScript(html);
  await page.goto(held, { waitUntil: 'commit' });
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
  await page.getByText('Loading…').waitFor();
  const { page: withoutScripts } = await openInBrowser(url, {
    javaScriptEnabled: false,
    waitFor: 'noscript p',
  });
  expect(await withoutScripts.getByText('Loading…').isVisible()).toBe(false);
});

describe('the Dashboard behind a slow network', () => {
  test.each([1, 5])('does not shift while the page of %i tenants loads', async (count) => {
    const { page, proxy } = await openBehindProxy((folder) => addIdleTenants(folder, count));
    proxy.hold();
    await watchShifts(page);
    await page.goto(proxy.url);
    await page.getByText('Loading…').first().waitFor();
    await look(page, `loading-${count}`);
    await page.reload();
    await page.getByText('Loading…').first().waitFor();
    // Each answer is drawn before the next one comes.
    const last = page.getByText(count === 1 ? 'Run on schedule' : 'All 5');
    while ((await last.count()) === 0) {
      proxy.passOldest();
      await painted(page);
    }
    proxy.release();
    if (count === 1) await page.getByText('It has not run yet.', { exact: true }).waitFor();
    await painted(page);
    expect(await shiftOf(page)).toBeLessThan(MOST_SHIFT);
  });

  test('shows a run, the switch, a schedule and the first token as pending until the page is up to date, and sends each once', async () => {
    const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 30, users: 10 }) } });
    const { EXTENSION_SECRET: _, SLACK_INCOMING_WEBHOOK: __, ...settings } = sandbox.secrets();
    const tenant = { name: 'acme', settings, schedule: '0 0 3 * * *', isActive: false };
    const { page, proxy } = await openBehindProxy((folder) => addTenants(folder, [tenant]), {
      SEGMENT_ENDPOINT: settings.SEGMENT_ENDPOINT ?? '',
    });
    await page.goto(proxy.url);
    /** Passes one held request alone, and waits until the page has drawn its answer. */
    const pass = async (name: string) => {
      const answered = page.waitForResponse((response) => name.endsWith(new URL(response.url()).pathname));
      await proxy.pass(name);
      await (await answered).finished();
      await painted(page);
    };
    const runNow = page.getByRole('button', { name: 'Run now' });
    await runNow.waitFor();
    proxy.hold();
    await runNow.dblclick();
    await page.locator('button[aria-busy=true]', { hasText: 'Run now' }).waitFor();
    await runNow.click({ force: true });
    await pass('POST /api/tenants/acme/run');
    expect(await runNow.getAttribute('aria-busy')).toBe('true');
    proxy.release();
    await page.locator('.runs').getByText('Succeeded', { exact: true }).waitFor();
    await page.locator('button:not([aria-busy])', { hasText: 'Run now' }).waitFor();

    const toggle = page.getByRole('switch');
    proxy.hold();
    await toggle.dblclick();
    await page.locator('[role=switch][aria-busy=true]').waitFor();
    await toggle.click({ force: true });
    await pass('POST /api/tenants/acme/state');
    expect(await toggle.getAttribute('aria-busy')).toBe('true');
    proxy.release();
    await page.locator('[role=switch][aria-checked=true]:not([aria-busy])').waitFor();

    // What the dialog says is of what is entered now; and it stays until the page shows what was saved.
    await page.getByRole('button', { name: 'Reschedule' }).click();
    const dialog = page.locator('dialog');
    await dialog.getByText('At 03:00', { exact: true }).waitFor();
    proxy.hold();
    await dialog.locator('[name=schedule]').fill('0 0 * * * *');
    await dialog.getByText('Looking up the next runs…').waitFor();
    expect(await dialog.getByText('At 03:00', { exact: true }).count()).toBe(0);
    await dialog.getByRole('button', { name: 'Save' }).dblclick();
    await dialog.locator('button[aria-busy=true]', { hasText: 'Save' }).waitFor();
    await pass('POST /api/tenants/acme/schedule');
    expect(await dialog.count()).toBe(1);
    proxy.release();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.locator('.summary .facts').innerText()).toContain('Every hour');

    // It replaces none: nothing is asked.
    proxy.hold();
    await page.getByRole('button', { name: 'Make a token' }).click();
    await page.locator('dialog button[aria-busy=true]', { hasText: 'Make a token' }).waitFor();
    proxy.release();
    await page
      .locator('dialog')
      .getByText(/^Bearer a0ls_/)
      .waitFor();
    expect(proxy.requests.filter((name) => name.startsWith('POST'))).toEqual([
      'POST /api/tenants/acme/run',
      'POST /api/tenants/acme/state',
      'POST /api/tenants/acme/schedule',
      'POST /api/tenants/acme/token',
    ]);
  });
});

describe('the Dashboard without its host', () => {
  const once = (page: Page) => page.getByText('Start it again, or look at what it printed last').count();

  test.each(['cut', 'refuse'] as const)(
    'shows once that the host is lost, with the remedy, and finds it again by itself (%s)',
    async (mode) => {
      const { page, proxy, url } = await openBehindProxy((folder) => addIdleTenants(folder, 1));
      // The page asks again after some seconds: the test sets its clock.
      await page.clock.install();
      const afterAnotherTry = async (done: () => Promise<boolean>) => {
        while (!(await done())) {
          await page.clock.fastForward(A_WHILE_MS);
          await painted(page);
        }
      };
      await page.goto(proxy.url);
      await page.getByText('Run on schedule').waitFor();
      proxy.mode = mode;
      await page.getByText('The host does not answer', { exact: true }).waitFor();
      expect(await once(page)).toBe(1);
      if (mode === 'cut') await look(page, 'lost');
      // The live log may have ended before something else was asked for, and was answered.
      else await page.getByText('returned 502 in its place').first().waitFor();
      await page.getByRole('switch').click();
      const unknown = page.getByText('Whether this was done is seen when it answers again');
      await unknown.first().waitFor();
      await page.locator('[role=switch][aria-checked=false]:not([aria-busy])').waitFor();

      // Also one that is opened while it is lost.
      const other = await page.context().newPage();
      await other.route(`${url}/api/session`, (route) => route.abort());
      await other.goto(url);
      await other.getByText('Start it again, or look at what it printed last').waitFor();
      await other.unrouteAll();
      await other.getByText('Run on schedule').waitFor();

      proxy.mode = 'pass';
      const isGone = async (text: string) => (await page.getByText(text, { exact: true }).count()) === 0;
      await afterAnotherTry(() => isGone('The host does not answer'));
      expect(await unknown.count()).toBe(0);
      await page.getByText('The host did not answer, and does again.').waitFor();
      await afterAnotherTry(async () => (await page.getByText('No live updates').count()) === 0);
      expect(await page.getByRole('switch').isEnabled()).toBe(true);
    },
  );
});

test('an unknown address answers a browser with a page and a program with JSON', async () => {
  const { page, url } = await openDashboardPage(['--no-sandbox']);
  const response = await page.goto(`${url}/extensions/auth0-logs-to-segment`);
  expect(response?.status()).toBe(404);
  await page.getByText('There is nothing at this address.').waitFor();
  await page.getByRole('link', { name: 'Open the Dashboard' }).click();
  await page.getByRole('heading', { name: 'Nothing is exported yet' }).waitFor();
  const json = await fetch(`${url}/gone`, { headers: { accept: 'application/json' } });
  expect([json.status, await json.json()]).toMatchObject([404, { error: 'not_found' }]);
  const api = await fetch(`${url}/api/gone`, { headers: { accept: 'text/html' } });
  expect(api.headers.get('content-type')).toContain('application/json');
});
