import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../../server/sandbox/open-sandbox';
import { temporaryFolder } from '../../support/temporary-folder';
import { examine, look } from './look';
import { openDashboardPage } from './open-dashboard-page';

const field = (page: Page, name: string) => page.locator(`dialog [name="${name}"]`);
const inDialog = (page: Page, name: string) =>
  page.locator('dialog').getByRole('button', { name, exact: true });

/** The Dashboard without a tenant, its install dialog open, and an Auth0 tenant that is yet to be set up. */
async function openInstallDialog() {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 40 }) } });
  const { page, complaints, running } = await openDashboardPage(['--no-sandbox'], {
    folder: await temporaryFolder(),
    env: { SEGMENT_ENDPOINT: sandbox.segment.url },
  });
  await page.getByRole('link', { name: 'Extensions', exact: true }).click();
  await page.getByRole('button', { name: /Auth0 Logs to Segment/ }).click();
  await inDialog(page, 'Set it up for me').click();
  return { sandbox, page, complaints, running };
}

test('the dialog sets a tenant up in Auth0, says what it did, and leads to the tenant', async () => {
  const { sandbox, page, complaints, running } = await openInstallDialog();
  await look(page, 'setup');
  const token = sandbox.tenant.issueToken();
  await field(page, 'AUTH0_DOMAIN').fill(sandbox.tenant.domain);
  await field(page, 'name').fill('acme');
  await field(page, 'SEGMENT_KEY').fill(sandbox.segment.writeKey);
  await field(page, 'token').fill(token);
  expect(await field(page, 'token').getAttribute('type')).toBe('password');
  await page.locator('dialog').getByLabel('Now', { exact: false }).check();
  await inDialog(page, 'Set up').click();
  const { log_id: newest } = sandbox.tenant.logAt(39);
  await page.getByText(`Stored tenant acme. It starts with the log ${newest}.`).waitFor();
  const said = await page.locator('.result-lines li').allInnerTexts();
  expect(said.filter((line) => line.includes('Created') || line.includes('Stored'))).toHaveLength(3);
  expect(said.join('\n')).toContain('read:logs: Granted');
  await look(page, 'setup-done');
  await inDialog(page, 'Open acme').click();
  await page.getByRole('heading', { name: 'acme' }).waitFor();
  expect(complaints).toEqual([]);
  const printed = running.out() + running.err();
  for (const secret of [token, sandbox.segment.writeKey]) expect(printed).not.toContain(secret);
});

test('a refusal half-way shows what was done and why, and the setup continues with another application', async () => {
  const { sandbox, page } = await openInstallDialog();
  // All that is missing is said at once, each until it is entered.
  await inDialog(page, 'Set up').click();
  await page
    .getByText('Nothing was saved. See Domain, Segment write key, Name, Management API token.')
    .waitFor();
  await look(page, 'setup-empty');
  expect(await page.evaluate('document.activeElement.name')).toBe('AUTH0_DOMAIN');
  await field(page, 'AUTH0_DOMAIN').fill('acme.eu.auth0.com');
  await page.getByText('Nothing was saved. See Segment write key, Management API token.').waitFor();
  expect(await page.locator('dialog [aria-invalid]').count()).toBe(2);
  await field(page, 'AUTH0_DOMAIN').fill(sandbox.tenant.domain);
  await field(page, 'name').fill('acme');
  await field(page, 'SEGMENT_KEY').fill(sandbox.segment.writeKey);
  await field(page, 'token').fill(sandbox.tenant.issueToken(['read:clients', 'create:clients']));
  await inDialog(page, 'Set up').click();
  await page.getByText('The token lacks the scope read:client_grants.').waitFor();
  await page.getByText('Created the application').waitFor();
  await look(page, 'setup-refused');
  await examine(page, 'setup-refused');
  await inDialog(page, 'Administrative application').click();
  await field(page, 'clientId').fill(sandbox.tenant.administrator.clientId);
  await field(page, 'clientSecret').fill(sandbox.tenant.administrator.clientSecret);
  await inDialog(page, 'Continue the setup').click();
  await inDialog(page, 'Open acme').waitFor();
  expect(sandbox.tenant.clients()).toHaveLength(3);
});
