import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../../server/sandbox/open-sandbox';
import { assertNoSecrets } from '../../support/assert-no-secrets';
import { temporaryFolder } from '../../support/temporary-folder';
import { addTenants } from './add-tenants';
import { look } from './look';
import { openDashboardPage } from './open-dashboard-page';

const partsOf = (page: Page) => ({
  events: page.getByRole('region', { name: 'Last events' }),
  sandbox: page.getByRole('region', { name: 'Sandbox', exact: true }),
  runNow: page.getByRole('button', { name: 'Run now' }),
});

/** Opens a tenant of the test's own that was not exported yet, and its page. */
async function openTenant(env: Record<string, string>) {
  const start = Date.now() - 3_600_000;
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 6, users: 3, start }) } });
  const { EXTENSION_SECRET: _, ...settings } = sandbox.secrets();
  const folder = await temporaryFolder();
  await addTenants(folder, [{ name: 'acme', isActive: false, settings }]);
  return { sandbox, ...(await openDashboardPage(['--no-sandbox'], { folder, env })) };
}

test('a rejected call is shown live with its reason, and replayed by keyboard when its cause is gone', async () => {
  const { sandbox, page, complaints } = await openTenant({ SHOW_LAST_EVENTS: 'true' });
  const { events, runNow } = partsOf(page);
  await events.getByText('Nothing has been sent since this process started.').waitFor();
  const [guilty] = [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id);
  const messageId = `auth0-track-${guilty?.log_id}`;
  const end = sandbox.segment.refuse((call) => String(call.messageId).startsWith(messageId));
  await runNow.click();
  await events.getByRole('button', { name: 'Not accepted' }).click();
  const row = events.getByRole('row').filter({ hasText: messageId });
  await row.getByText('Rejected', { exact: true }).waitFor();
  expect(await row.innerText()).toContain('Segment refused the call with 400.');
  // An id of Auth0's own is read in one line.
  const heights = await events
    .locator('td[data-label="User ID"] code')
    .evaluateAll((ids) =>
      ids.filter((id) => id.textContent?.length === 30).map((id) => id.getBoundingClientRect().height),
    );
  expect(heights.length).toBeGreaterThan(0);
  expect(Math.max(...heights)).toBeLessThan(20);

  const json = row.getByRole('button', { name: /^JSON of/ });
  await json.focus();
  await page.keyboard.press('Enter');
  expect(await json.getAttribute('aria-expanded')).toBe('true');
  const call = JSON.parse(await events.locator('pre').innerText());
  expect(call).toMatchObject({ type: 'track', messageId: expect.stringContaining(messageId) });
  await look(page, 'last-events');
  await json.click();

  end();
  await row.getByRole('button', { name: /^Replay from here/ }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Replay from here' }).focus();
  await page.keyboard.press('Enter');
  await events.getByRole('button', { name: 'All' }).click();
  const replayed = events.getByRole('row').filter({ hasText: messageId }).first();
  await expect
    .poll(() => sandbox.segment.tracks().some((track) => track.messageId.startsWith(messageId)))
    .toBe(true);
  await expect.poll(() => replayed.innerText()).toContain('Accepted');
  assertNoSecrets('the page', await page.content());
  expect(complaints).toEqual([]);
});

test('a host without SHOW_LAST_EVENTS and without the sandbox keeps no events and offers no outages', async () => {
  const { page, sandbox } = await openTenant({});
  const { events, sandbox: card, runNow } = partsOf(page);
  const [guilty] = [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id);
  const isGuilty = ({ messageId }: { messageId?: unknown }) =>
    String(messageId).startsWith(`auth0-track-${guilty?.log_id}`);
  const end = sandbox.segment.refuse(isGuilty);
  await runNow.click();
  const runs = page.getByRole('region', { name: 'Runs', exact: true });
  await runs.getByText('Incomplete').waitFor();
  expect(sandbox.segment.tracks().length).toBeGreaterThan(0);
  await page.locator('.live').getByText('calls rejected 1').waitFor();

  // What was rejected is replayed from its record, by keyboard.
  end();
  const rejected = page.getByRole('region', { name: 'Rejected calls' });
  await rejected.getByRole('button', { name: `Replay from here: log ${guilty?.log_id}` }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Replay from here' }).focus();
  await page.keyboard.press('Enter');
  await runs.getByText('Replay', { exact: true }).waitFor();
  await runs.getByText('Succeeded').waitFor();
  expect(sandbox.segment.tracks().filter(isGuilty)).toHaveLength(1);
  await rejected.getByText('Replayed since').waitFor();
  expect(await rejected.getByRole('button', { name: /^Replay from here/ }).count()).toBe(0);
  const keyEnd = sandbox.segment.writeKey.slice(-4);
  await page.getByText(`does not confirm that the key (…${keyEnd}) is right`).waitFor();
  const key = page.locator('.segment-note').getByText(`(…${keyEnd})`, { exact: true });
  expect(await key.evaluate((end) => end.getClientRects().length)).toBe(1);
  await look(page, 'rejected');
  await events.getByText('Start with SHOW_LAST_EVENTS=true').waitFor();
  expect(await events.getByRole('table').count()).toBe(0);
  expect(await card.count()).toBe(0);

  // Runs in a row that found nothing are one line: from the first until the last, and what made the last begin.
  await runNow.click();
  await runs.getByText('Nothing new').waitFor();
  await runNow.click();
  const folded = runs.locator('tbody').filter({ hasText: /2 runs until \d\d:\d\d:\d\d/ });
  await folded.getByText('The last of them').waitFor();
});

test('the form shows how the saved write key ends, and the check tells where to look for its test event', async () => {
  const { page, sandbox } = await openTenant({});
  const connection = page.getByRole('region', { name: 'Connection and test event' });
  expect(await connection.innerText()).toMatch(/test event: .*auth0-logs-to-segment-check.*Debugger/);
  await page.getByRole('button', { name: 'Settings' }).click();
  const key = page.getByRole('dialog').getByLabel(/^Segment write key/);
  expect(await key.getAttribute('placeholder')).toBe(
    `Saved (…${sandbox.segment.writeKey.slice(-4)}). Leave empty to keep it.`,
  );
  expect(await key.inputValue()).toBe('');
  assertNoSecrets('the page', await page.content());
});

test('the keyboard alone starts an outage of the sandbox, shows its Slack message and ends it', async () => {
  const { page, complaints } = await openDashboardPage([]);
  const { events, sandbox, runNow } = partsOf(page);
  const messages = sandbox.getByRole('list', { name: /^Messages in Slack/ });
  await messages.getByText('Auth0 Logs to Segment: Succeeded').waitFor();
  await events.getByText('1–10 of 200').waitFor();
  await events.getByRole('button', { name: 'Older' }).click();
  await events.getByText('11–20 of 200').waitFor();

  const auth0 = sandbox.getByRole('switch', { name: 'Auth0 is down' });
  await auth0.focus();
  await page.keyboard.press('Space');
  await expect.poll(() => auth0.getAttribute('aria-checked')).toBe('true');
  await runNow.click();
  await page.getByText('The last run failed', { exact: true }).waitFor();
  await messages.getByText('Auth0 Logs to Segment: Failed').waitFor();
  expect(await messages.innerText()).not.toMatch(/<!date|\*|:red_circle:/);
  await sandbox.scrollIntoViewIfNeeded();
  await look(page, 'sandbox');

  await auth0.focus();
  await page.keyboard.press('Space');
  await expect.poll(() => auth0.getAttribute('aria-checked')).toBe('false');
  await runNow.click();
  await page.getByText('The last run failed', { exact: true }).waitFor({ state: 'detached' });
  // A run under way would read some of the logs that come next.
  await page.getByText(/^Caught up\./).waitFor();

  // Once more for a few calls, at once: there is something to reject.
  const calls = sandbox.getByRole('switch', { name: 'Segment rejects three calls' });
  await calls.click();
  await expect.poll(() => calls.getAttribute('aria-checked')).toBe('true');
  await runNow.click();
  await page.getByText(/^Segment rejected 3 calls in the last 24 hours/).waitFor();
  await messages.getByText('Auth0 Logs to Segment: Incomplete, 3 calls rejected').waitFor();
  assertNoSecrets('the page', await page.content());
  expect(complaints).toEqual([]);
});
