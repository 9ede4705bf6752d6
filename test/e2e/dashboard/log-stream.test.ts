import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../server/database/open-database';
import { systemClock } from '../../../src/time';
import { BRITISH_READER } from '../../browser/chromium';
import { newStream } from '../../support/new-stream';
import { temporaryFolder } from '../../support/temporary-folder';
import { addIdleTenants } from './add-tenants';
import { look } from './look';
import { openDashboardPage } from './open-dashboard-page';

const PASSWORD = 'correct horse battery staple';
const HOUR_MS = 3_600_000;

test('a log stream is set up from the page of its tenant, and a paused one is shown', async () => {
  const folder = await temporaryFolder();
  await addIdleTenants(folder, 2);
  const { page, url, complaints } = await openDashboardPage(['--no-sandbox'], {
    browser: BRITISH_READER,
    folder,
    env: { DASHBOARD_PASSWORD: PASSWORD },
    waitFor: 'main.centered',
  });
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('link', { name: 'tenant-0001' }).click();
  const card = page.getByRole('region', { name: 'Log stream' });
  await card.getByText('Not set up').waitFor();
  await look(page, 'log-stream-none');
  await card.getByRole('button', { name: 'Make a token' }).click();
  const dialog = page.locator('dialog');
  await dialog.getByLabel('Password of the Dashboard').fill('not this one');
  await dialog.getByRole('button', { name: 'Make a token' }).click();
  await dialog.getByText('This is not the password of this Dashboard.').waitFor();
  await dialog.getByLabel('Password of the Dashboard').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Make a token' }).click();
  const shown = dialog.getByText(/^Bearer a0ls_/);
  await shown.waitFor();
  await look(page, 'log-stream-token');
  const authorization = await shown.innerText();
  expect(await dialog.getByRole('button', { name: 'Copy the token' }).count()).toBe(1);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await card.getByText('No posts received yet').waitFor();
  expect(await page.content()).not.toContain(authorization);
  const answer = await fetch(`${url}/log-streams/tenant-0001`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify([{ log_id: '100', data: { type: 's' } }]),
  });
  expect(answer.status).toBe(204);

  const database = await openDatabase({ folder: join(folder, 'data'), clock: systemClock });
  const now = Date.now();
  await database.logStreams.change('tenant-0001', () => ({
    state: { ...newStream, triggers: 1_204, lastTriggerAt: now - HOUR_MS, silentSince: now - HOUR_MS },
  }));
  await database.close();
  await page.reload();
  await card.getByText('Auth0 seems to have paused this log stream').waitFor();
  await card.getByText('1,204 so far').waitFor();
  await look(page, 'log-stream-paused');
  await card.getByRole('button', { name: 'Make a new token' }).click();
  await page
    .getByRole('dialog', { name: 'Make a new token?' })
    .getByText(/ends at once/)
    .waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'All tenants' }).click();
  await page.getByText('Log stream paused, it seems').waitFor();
  await look(page, 'log-stream-list');
  await page.getByRole('link', { name: 'tenant-0001' }).click();
  await page.getByRole('button', { name: 'Remove this tenant' }).click();
  await dialog.getByText(/^Its log stream in Auth0 stays.*setup --undo tenant-0001/).waitFor();
  await look(page, 'remove-log-stream');
  await dialog.getByLabel('Password of the Dashboard').fill(PASSWORD);
  // The host tells of it before it answers: nobody asks it meanwhile for what is gone.
  await page.route('**/remove', async (route) => {
    const heard = page.waitForResponse('**/api/dashboard');
    const answer = await route.fetch();
    await heard;
    await route.fulfill({ response: answer });
  });
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('heading', { name: 'tenant-0000' }).waitFor();
  // 403: the wrong password. 404: the page hears of the removal before the answer arrives, and reloads what is gone.
  expect(complaints.filter((one) => !/40[34]/.test(one))).toEqual([]);
});
