import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../../server/sandbox/open-sandbox';
import { trackId } from '../../support/track-id';
import { look } from './look';
import { openDashboardPage } from './open-dashboard-page';

const LOGS = 300;

const field = (page: Page, name: string) => page.locator(`dialog [name="${name}"]`);
const inDialog = (page: Page, name: string) =>
  page.locator('dialog').getByRole('button', { name, exact: true });
const dialogGone = (page: Page) => page.locator('dialog').waitFor({ state: 'detached' });

/** Runs the job from its page and waits for the result. */
async function runNow(page: Page, result: 'Success' | 'Error'): Promise<void> {
  await page.getByRole('heading', { name: 'Executions' }).waitFor();
  const rows = page.locator('.executions tbody');
  const before = await rows.count();
  await page.getByRole('button', { name: 'Run now' }).click();
  await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(Math.min(10, before + 1));
  await rows.first().getByText(result, { exact: true }).waitFor();
}

/** Gives the job another schedule, from its page. */
async function reschedule(page: Page, schedule: string): Promise<void> {
  await page.getByRole('button', { name: 'Reschedule' }).click();
  await field(page, 'schedule').fill(schedule);
  await inDialog(page, 'Save').click();
  await dialogGone(page);
}

/** The answer of the newest execution, as the page shows it. */
async function newestResult(page: Page) {
  await page.locator('.executions tbody').first().getByRole('button', { name: 'Details' }).click();
  const text = await page.locator('.code-block').textContent();
  return JSON.parse(text ?? '{}');
}

describe('what the documentation of the extension shows, step by step', () => {
  test('configure, batch size, view results, replay, Slack', async () => {
    const start = Date.now() - LOGS * 1000;
    const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: LOGS, users: 40, start }) } });
    const secrets = sandbox.secrets();
    const { page, complaints, running } = await openDashboardPage(['--no-sandbox'], {
      env: { SEGMENT_ENDPOINT: secrets.SEGMENT_ENDPOINT ?? '' },
    });

    // Configure the extension.
    await page.getByRole('link', { name: 'Extensions', exact: true }).click();
    await look(page, 'extensions');
    await page.getByRole('button', { name: /Auth0 Logs to Segment/ }).click();
    await page.getByRole('heading', { name: 'Install Auth0 Logs to Segment' }).waitFor();
    await page.getByText('The next five').waitFor();
    await look(page, 'install');
    for (const name of ['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET', 'SLACK_INCOMING_WEBHOOK']) {
      await field(page, name).fill(secrets[name] ?? '');
    }
    await field(page, 'BATCH_SIZE').fill('many');
    await inDialog(page, 'Install').click();
    await page.getByText('Nothing was saved. See BATCH_SIZE, SEGMENT_KEY.').waitFor();
    await look(page, 'install-refused');
    complaints.length = 0;
    await field(page, 'BATCH_SIZE').fill('50');
    await field(page, 'SEGMENT_KEY').fill(secrets.SEGMENT_KEY ?? '');
    await inDialog(page, 'Install').click();
    await page.getByRole('heading', { name: 'Installed Extensions' }).waitFor();
    await page.getByText('Every 5 minutes').waitFor();
    expect(await page.getByRole('switch').getAttribute('aria-checked')).toBe('true');

    // Once a day from now on: in the five minutes that it was to run in, it might do so between two of these steps.
    await page.getByRole('link', { name: /Auth0 Logs to Segment/ }).click();
    await reschedule(page, '0 0 3 * * *');
    await page.getByText('At 03:00').first().waitFor();

    // View results: the job, its executions, its lines.
    await runNow(page, 'Success');
    const selected = [...sandbox.tenant.selectedLogs()].length;
    const { status } = await newestResult(page);
    expect(status).toMatchObject({ logsRead: LOGS, logsProcessed: selected });

    // Batch size: as many batches as the formula says.
    expect(status.batches).toBe(Math.ceil(selected / 50));
    await page.locator('.live').getByText('run finished').waitFor();
    await look(page, 'job');
    await page.getByRole('searchbox').fill('finished');
    await expect.poll(() => page.locator('.live li').count()).toBe(1);
    await page.getByRole('searchbox').fill('');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();

    // Its state and its schedule: both at once, without a restart.
    await page.getByRole('switch').click();
    await page.getByText('None while it is off').waitFor();
    await page.getByRole('button', { name: 'Reschedule' }).click();
    await field(page, 'schedule').fill('* * * * * *');
    await page.getByText('Every second').waitFor();
    await look(page, 'reschedule');
    await inDialog(page, 'Save').click();
    await dialogGone(page);
    expect(await page.locator('.executions tbody').count()).toBe(1);
    await page.getByRole('switch').click();
    await page.locator('.executions').getByText('Schedule', { exact: true }).first().waitFor();
    await reschedule(page, '0 0 3 * * *');
    await page.getByText('At 03:00').first().waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Run now' }).isEnabled()).toBe(true);

    // Slack: a failed run is reported with its checkpoint. A success is not, unless that is asked for.
    expect(sandbox.slack.messages).toHaveLength(0);
    sandbox.segment.faults.add({ times: Infinity, fault: { kind: 'status', status: 403 } });
    const [failed] = sandbox.tenant.addLogs([{ type: 's' }, { type: 'ss' }]);
    await runNow(page, 'Error');
    const { checkpoint } = (await newestResult(page)).status.error;
    await page.getByText('This run failed').waitFor();
    await look(page, 'failed');
    expect(checkpoint).toBe(failed?.log_id);
    expect(JSON.stringify(sandbox.slack.messages)).toContain(checkpoint);
    sandbox.segment.faults.clear();

    // Replay: once, from that log on, that log included.
    await page.getByRole('link', { name: 'Installed Extensions' }).first().click();
    await page.getByRole('button', { name: 'Settings' }).click();
    await field(page, 'START_FROM').fill(checkpoint);
    await field(page, 'SLACK_SEND_SUCCESS').selectOption('Yes');
    await look(page, 'replay');
    await inDialog(page, 'Save').click();
    await dialogGone(page);
    await look(page, 'installed');
    await page.getByRole('link', { name: /Auth0 Logs to Segment/ }).click();
    await runNow(page, 'Success');
    expect((await newestResult(page)).status).toMatchObject({ logsRead: 2, logsProcessed: 2 });
    const sent = sandbox.segment.ids('track');
    expect(sent.get(trackId(sandbox, checkpoint))).toBe(1);
    await expect.poll(() => sandbox.slack.messages.length).toBe(2);
    await page.getByRole('button', { name: 'Close' }).first().click();
    await runNow(page, 'Success');
    expect((await newestResult(page)).status).toMatchObject({ logsRead: 0 });

    expect(complaints).toEqual([]);
    running.child.kill('SIGTERM');
    await page.getByText('The host does not answer').waitFor();
    expect(await running.exit).toBe(0);
  }, 120_000);
});
