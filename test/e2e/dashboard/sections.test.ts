import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../../server/sandbox/open-sandbox';
import { temporaryFolder } from '../../support/temporary-folder';
import { trackId } from '../../support/track-id';
import { addTenants } from './add-tenants';
import { look } from './look';
import { openDashboardPage } from './open-dashboard-page';

const LOGS = 300;
const DAILY = '0 0 3 * * *';

const field = (page: Page, name: string) => page.locator(`dialog [name="${name}"]`);
const inDialog = (page: Page, name: string) =>
  page.locator('dialog').getByRole('button', { name, exact: true });
const dialogGone = (page: Page) => page.locator('dialog').waitFor({ state: 'detached' });
const rows = (page: Page) => page.locator('.runs tbody');

/** Has a run begun, and waits until it is the newest in the list, with its result. */
async function nextRun(
  page: Page,
  result: 'Succeeded' | 'Failed',
  begin: () => Promise<void>,
): Promise<void> {
  const newest = () => rows(page).first().getAttribute('data-run');
  const before = await newest();
  await begin();
  await expect.poll(newest).not.toBe(before);
  await rows(page).first().getByText(result, { exact: true }).waitFor();
}

const runNow = (page: Page, result: 'Succeeded' | 'Failed') =>
  nextRun(page, result, () => page.getByRole('button', { name: 'Run now' }).first().click());

/** Gives the tenant another schedule, from its page. */
async function reschedule(page: Page, schedule: string): Promise<void> {
  await page.getByRole('button', { name: 'Reschedule' }).click();
  await field(page, 'schedule').fill(schedule);
  await inDialog(page, 'Save').click();
  await dialogGone(page);
}

/** Opens the details of the newest run, and reads a figure there. */
async function newestRun(page: Page) {
  const row = rows(page).first();
  await row.getByRole('button', { name: 'Details' }).click();
  await row.getByText('Log lines').waitFor();
  return async (name: string) =>
    row
      .locator('.facts > div', { has: page.getByText(name, { exact: true }) })
      .locator('dd')
      .innerText();
}

const closeDetails = (page: Page) => rows(page).first().getByRole('button', { name: 'Close' }).click();

describe('what the documentation of the extension shows, step by step', () => {
  test.each([1, 5])(
    'configure, batch size, view results, replay, Slack: with %i tenants',
    async (tenants) => {
      const start = Date.now() - LOGS * 1000;
      const logs = generateLogs({ count: LOGS, users: 40, start });
      const sandbox = await openSandbox({ tenant: { logs } });
      const secrets = sandbox.secrets();
      const { EXTENSION_SECRET: _, SLACK_INCOMING_WEBHOOK: __, ...others } = secrets;
      const folder = await temporaryFolder();
      const names = ['acme-eu', 'acme-us', 'globex', 'initech'].slice(0, tenants - 1);
      if (names.length > 0) {
        const all = names.map((name) => ({ name, settings: others, schedule: DAILY }));
        await addTenants(folder, all);
      }
      const { page, complaints, running } = await openDashboardPage(['--no-sandbox'], {
        folder,
        env: { SEGMENT_ENDPOINT: secrets.SEGMENT_ENDPOINT ?? '' },
      });
      const shot = (state: string) => look(page, tenants === 1 ? state : `${state}-${tenants}`);
      if (tenants === 1) {
        await page.getByRole('heading', { name: 'Nothing is exported yet' }).waitFor();
        await shot('empty');
      } else {
        await expect
          .poll(() => page.locator('.state-cell').getByText('Caught up').count())
          .toBe(names.length);
      }

      // Configure the extension.
      await page.getByRole('link', { name: 'Extensions', exact: true }).click();
      await page.getByRole('heading', { name: 'Extensions' }).waitFor();
      await shot('extensions');
      await page.getByRole('button', { name: /Auth0 Logs to Segment/ }).click();
      await page.getByRole('heading', { name: 'Install Auth0 Logs to Segment' }).waitFor();
      await page.getByText('The next five').waitFor();
      expect(
        await field(page, 'SEGMENT_KEY').evaluate((input) => input.getBoundingClientRect().bottom),
      ).toBeLessThan(600);
      await field(page, 'AUTH0_DOMAIN').fill('acme.eu.auth0.com');
      expect(await field(page, 'name').inputValue()).toBe('acme-eu');
      await shot('install');
      for (const name of [
        'AUTH0_DOMAIN',
        'AUTH0_CLIENT_ID',
        'AUTH0_CLIENT_SECRET',
        'SLACK_INCOMING_WEBHOOK',
      ]) {
        await field(page, name).fill(secrets[name] ?? '');
      }
      await field(page, 'name').fill('default');
      await page.locator('dialog summary', { hasText: 'Advanced' }).click();
      await field(page, 'BATCH_SIZE').fill('many');
      await inDialog(page, 'Install').click();
      await page.getByText(/Nothing was saved\. See .*Batch size/).waitFor();
      await shot('install-refused');
      complaints.length = 0;
      await field(page, 'BATCH_SIZE').fill('50');
      await field(page, 'SEGMENT_KEY').fill(secrets.SEGMENT_KEY ?? '');
      await inDialog(page, 'Install').click();
      await page.getByRole('heading', { name: 'default' }).waitFor();
      await page.getByText('Every 5 minutes').waitFor();
      expect(await page.getByRole('switch').getAttribute('aria-checked')).toBe('true');

      // View results: the first run begins by itself. It is in the list with its details, and in the live log.
      await rows(page).first().getByText('Succeeded').waitFor();
      await page.getByText(/^Caught up\. Segment accepted [\d,]+ events of the last run, just now/).waitFor();
      // Once a day from now on: it might run between two of these steps.
      await reschedule(page, DAILY);
      await page.getByText('At 03:00').first().waitFor();
      const selected = [...sandbox.tenant.selectedLogs()].length;
      const figure = await newestRun(page);
      expect(await figure('Logs read')).toBe(String(LOGS));
      const sent = await figure('Events sent');
      expect(sent).toContain(`${sandbox.segment.ids('track').size}: `);
      const byName = [...sent.matchAll(/(\d+) [A-Z]/g)].map(([, count]) => Number(count));
      expect(byName).toHaveLength(3);
      expect(byName).toEqual([...byName].sort((a, b) => b - a));

      // Batch size: as many batches as the formula says.
      expect(await figure('Batches')).toBe(String(Math.ceil(selected / 50)));
      await page.locator('.live').getByText('run finished').waitFor();
      await page.getByRole('region', { name: 'Runs' }).evaluate((card) => card.scrollIntoView());
      await shot('tenant');
      await page.getByRole('searchbox').fill('finished');
      await expect.poll(() => page.locator('.live li').count()).toBe(1);
      await page.getByRole('searchbox').fill('');
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByText('Paused').waitFor();
      await page.getByRole('button', { name: 'Resume' }).click();

      // The details have an address of their own, and the back button leads out of it.
      expect(new URL(page.url()).hash).toMatch(/^#\/tenants\/default\/runs\/[\w-]+$/);
      await page.reload();
      await rows(page).first().getByText('Log lines').waitFor();
      await closeDetails(page);
      expect(new URL(page.url()).hash).toBe('#/tenants/default');

      // Its switch and its schedule: both at once, without a restart.
      await page.getByRole('switch').click();
      await page.getByText('None while it is off').waitFor();
      await page.getByRole('button', { name: 'Reschedule' }).click();
      await field(page, 'schedule').fill('* * * * * *');
      await page.getByText('Every second', { exact: true }).waitFor();
      await page.getByText(/starts a run every second\. .*rate limit/).waitFor();
      await shot('reschedule');
      await inDialog(page, 'Save').click();
      await dialogGone(page);
      await page.getByRole('switch').click();
      await rows(page).first().getByText('Schedule', { exact: true }).waitFor();
      await reschedule(page, DAILY);
      await page.getByText('At 03:00').first().waitFor();
      await expect.poll(() => page.getByRole('button', { name: 'Run now' }).first().isEnabled()).toBe(true);

      // Slack: a failed run is reported with its checkpoint. A success is not, unless that is asked for.
      expect(sandbox.slack.messages).toHaveLength(0);
      sandbox.segment.faults.add({ times: Infinity, fault: { kind: 'status', status: 403 } });
      const [failed] = sandbox.tenant.addLogs([{ type: 's' }, { type: 'ss' }]);
      const checkpoint = failed?.log_id ?? '';
      await runNow(page, 'Failed');
      await page.getByText('The last run failed', { exact: true }).waitFor();
      await page.locator('.notice').getByText(checkpoint).waitFor();
      await shot('failed');
      if (tenants > 1) {
        await page.getByRole('link', { name: 'All tenants' }).click();
        // Worst first.
        const listed = () => page.locator('.tenants [data-tenant]').allInnerTexts();
        await expect.poll(listed).toEqual(['default', ...names]);
        await look(page, 'tenants');
        await page.getByRole('link', { name: 'default' }).click();
      }
      expect(JSON.stringify(sandbox.slack.messages)).toContain(checkpoint);
      sandbox.segment.faults.clear();

      // Replay: once, from that log on, that log included. By hand as the documentation says, or with the button.
      await page.getByRole('button', { name: 'Settings' }).click();
      await field(page, 'SLACK_SEND_SUCCESS').selectOption('Yes');
      if (tenants === 1) await field(page, 'START_FROM').fill(checkpoint);
      await shot('settings');
      await inDialog(page, 'Save').click();
      await dialogGone(page);
      if (tenants === 1) {
        await runNow(page, 'Succeeded');
      } else {
        await nextRun(page, 'Succeeded', async () => {
          await page.getByRole('button', { name: 'Replay from here' }).first().click();
          await shot('replay');
          await inDialog(page, 'Replay from here').click();
          await dialogGone(page);
        });
      }
      await page
        .getByText(/^Caught up/)
        .first()
        .waitFor();
      const replayed = await newestRun(page);
      expect(await replayed('Events sent')).toContain('2: ');
      await closeDetails(page);
      expect(sandbox.segment.ids('track').has(trackId(sandbox, checkpoint))).toBe(true);
      await expect.poll(() => sandbox.slack.messages.length).toBe(2);
      await runNow(page, 'Succeeded');
      expect(await (await newestRun(page))('Logs read')).toBe('0');
      await page.getByText('START_FROM').last().waitFor();

      expect(complaints).toEqual([]);
      expect(await running.stop()).toBe(0);
      await page.getByText('The host does not answer').waitFor();
    },
  );
});
