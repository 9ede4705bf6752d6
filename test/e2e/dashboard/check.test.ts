import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../../server/sandbox/open-sandbox';
import { assertNoSecrets } from '../../support/assert-no-secrets';
import { temporaryFolder } from '../../support/temporary-folder';
import { addTenants } from './add-tenants';
import { look } from './look';
import { openDashboardPage } from './open-dashboard-page';

async function open(settings: Record<string, string> = {}) {
  const start = Date.now() - 3_600_000;
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 60, users: 10, start }) } });
  const { EXTENSION_SECRET: _, ...own } = sandbox.secrets();
  const folder = await temporaryFolder();
  await addTenants(folder, [{ name: 'acme', isActive: false, settings: { ...own, ...settings } }]);
  return { sandbox, ...(await openDashboardPage(['--no-sandbox'], { folder })) };
}

test('the keyboard alone checks the connection of a tenant, and the page announces the result', async () => {
  const { sandbox, page, complaints } = await open();
  const connection = page.getByRole('region', { name: 'Connection' }).last();
  sandbox.tenant.faults.add({ endpoint: 'user-search', fault: { kind: 'delay', ms: 1_000 } });
  await connection.getByRole('button', { name: 'Check the connection' }).focus();
  await page.keyboard.press('Enter');
  // While it lasts, the button says so, and the lines that are known are there.
  await connection.getByRole('button', { name: 'Checking…' }).waitFor();
  await connection.getByText('read:logs').waitFor();
  expect(await connection.locator('[aria-live=polite]').count()).toBe(1);
  await connection.getByText('Checked: everything is well.').waitFor();
  expect(await connection.getByRole('listitem').count()).toBe(8);
  sandbox.segment.reset();
  const askedBefore = { ...sandbox.tenant.requests };
  // It is for the check: a test event goes to Segment alone.
  await connection.getByLabel('Post a test message to Slack, too').check();
  await connection.getByRole('button', { name: 'Send a test event' }).click();
  await connection.getByText(/took a call for the user .* does not confirm the key/).waitFor();
  // While it is under way, the button says otherwise.
  await connection.getByRole('button', { name: 'Send a test event' }).waitFor();
  expect(await connection.getByRole('listitem').count()).toBe(1);
  expect(await connection.getByText(/^Checked:/).count()).toBe(0);
  const [event, ...more] = sandbox.segment.received;
  expect([event?.type, more]).toEqual(['identify', []]);
  expect(await connection.innerText()).toContain(`with the messageId ${event?.messageId}.`);
  expect({ ...sandbox.tenant.requests }).toEqual(askedBefore);
  expect(sandbox.slack.messages).toEqual([]);
  await connection.getByLabel('Post a test message to Slack, too').uncheck();
  await look(page, 'test-event');
  assertNoSecrets('the page', await page.content());
  await look(page, 'check');
  expect(complaints).toEqual([]);
});

test('the dialog checks settings before it saves them, with the stored password', async () => {
  const { sandbox, page, complaints } = await open();
  await page.getByRole('button', { name: 'Settings' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^Segment write key/).fill('another-key-of-mine');
  await dialog.getByRole('button', { name: 'Check the connection' }).click();
  await dialog.getByText('Checked: everything is well.').waitFor();
  expect(sandbox.segment.dropped).toHaveLength(1);
  expect(await dialog.innerText()).toContain('ends in mine');

  await dialog.getByLabel(/^Domain/).fill('other.eu.auth0.com');
  await dialog.getByRole('button', { name: 'Check the connection' }).click();
  await dialog.getByText(/AUTH0_CLIENT_SECRET must be entered again/).waitFor();
  await dialog.getByLabel(/^Domain/).fill(sandbox.tenant.domain);
  await dialog.getByLabel(/^Client secret/).fill('wrong');
  await dialog.getByLabel('Post a test message to Slack, too').check();
  await dialog.getByRole('button', { name: 'Check the connection' }).click();
  const summary = dialog.getByText('Checked: 1 failed.');
  await summary.waitFor();
  // Nobody has to look for it below what is in sight.
  const save = dialog.getByRole('button', { name: 'Save', exact: true });
  const isInSight = async () => {
    const [line, button] = await Promise.all([summary.boundingBox(), save.boundingBox()]);
    return line && button && line.y > 0 && line.y + line.height <= button.y;
  };
  await expect.poll(isInSight).toBe(true);
  expect(sandbox.slack.messages).toHaveLength(1);
  await look(page, 'check-settings');
  // A refusal is the browser's business, too.
  expect(complaints.filter((text) => !text.includes('422'))).toEqual([]);
});

test('the keyboard alone previews the next run, which shows an excluded field by its name alone', async () => {
  const { sandbox, page, complaints } = await open({ EXCLUDE_FIELDS: 'email', LOGIN_CONTEXT: 'true' });
  const preview = page.getByRole('region', { name: 'What the next run sends' });
  await preview.getByRole('button', { name: 'Preview' }).focus();
  await page.keyboard.press('Enter');
  await preview.getByText(/of 10 logs\. Nothing was sent\. More logs are waiting/).waitFor();
  expect(await preview.locator('s').allInnerTexts()).toEqual(['email']);
  const json = preview.getByRole('button', { name: /^Track call/ }).first();
  await json.focus();
  await page.keyboard.press('Enter');
  expect(await json.getAttribute('aria-expanded')).toBe('true');
  const call = await preview.locator('pre').innerText();
  expect(JSON.parse(call)).toMatchObject({
    type: 'track',
    messageId: expect.stringMatching(/^auth0-track-/),
  });
  expect(call).not.toContain('email"');
  await look(page, 'preview');

  await preview.getByRole('button', { name: 'Newest logs' }).click();
  await preview.getByRole('button', { name: 'Preview' }).click();
  await preview.getByText(/of 10 logs\. Nothing was sent\.$/).waitFor();
  expect(sandbox.segment.requests).toBe(0);
  expect(complaints).toEqual([]);
});

test('the gallery checks settings before it installs a tenant, by the rules for saving them', async () => {
  const { page, complaints } = await open();
  await page.getByRole('link', { name: 'Extensions' }).click();
  await page.getByRole('button', { name: /^Auth0 Logs to Segment/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Common schedules').focus();
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => dialog.locator('[name=schedule]').inputValue()).toBe('0 */15 * * * *');
  await dialog.getByLabel(/^Domain/).fill('acme tenant');
  await dialog.getByRole('button', { name: 'Check the connection' }).click();
  await dialog.getByText(/AUTH0_DOMAIN is "acme tenant".*It must be the tenant's domain alone/).waitFor();
  await dialog.getByText(/SEGMENT_KEY is required/).waitFor();
  await look(page, 'check-install');
  expect(complaints.filter((text) => !text.includes('422'))).toEqual([]);
});
