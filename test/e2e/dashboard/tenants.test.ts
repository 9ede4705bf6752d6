import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { BRITISH_READER } from '../../browser/chromium';
import { temporaryFolder } from '../../support/temporary-folder';
import { addIdleTenants, addTenants } from './add-tenants';
import { look } from './look';
import { openDashboardPage } from './open-dashboard-page';

const names = (page: Page) => page.locator('.tenants [data-tenant]').allInnerTexts();

test('the list shows 25 of 1,000 tenants a page, finds them by search and state, and follows the back button', async () => {
  const folder = await temporaryFolder();
  await addIdleTenants(folder, 1_000);
  const { page, complaints } = await openDashboardPage(['--no-sandbox'], { browser: BRITISH_READER, folder });
  await page.getByText('1–25 of 1,000').waitFor();
  expect(await names(page)).toHaveLength(25);
  await look(page, 'thousand');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('26–50 of 1,000').waitFor();
  expect((await names(page))[0]).toBe('tenant-0025');
  await page.goBack();
  await page.getByText('1–25 of 1,000').waitFor();

  await page.getByRole('searchbox').fill('tenant-0777');
  await expect.poll(() => names(page)).toEqual(['tenant-0777']);
  await page.reload();
  await expect.poll(() => names(page)).toEqual(['tenant-0777']);
  await page.getByRole('searchbox').fill('no such tenant');
  await page.getByText('No tenant matches').waitFor();
  await page.getByRole('link', { name: 'Show all' }).click();
  await page.getByRole('button', { name: '1,000 off' }).click();
  await expect.poll(() => new URL(page.url()).hash).toBe('#/?state=off');
  await page.getByText('1–25 of 1,000').waitFor();
  expect(complaints).toEqual([]);
});

test('an address of a tenant or a run that is gone says so', async () => {
  const folder = await temporaryFolder();
  await addIdleTenants(folder, 2);
  const { page, url } = await openDashboardPage(['--no-sandbox'], { browser: BRITISH_READER, folder });
  await page.goto(`${url}/#/tenants/removed`);
  await page.getByText('There is no tenant named removed').waitFor();
  await page.goto(`${url}/#/tenants/tenant-0001/runs/gone`);
  await page.getByText('There is no such run').waitFor();
  await look(page, 'gone');
});

test('a change by another process appears by itself, and the list replaces the page of the only tenant', async () => {
  const folder = await temporaryFolder();
  await addIdleTenants(folder, 1);
  const { page } = await openDashboardPage(['--no-sandbox'], { browser: BRITISH_READER, folder });
  await page.getByRole('heading', { name: 'tenant-0000' }).waitFor();
  const settings = {
    AUTH0_DOMAIN: 'acme.eu.auth0.com',
    AUTH0_CLIENT_ID: 'client',
    AUTH0_CLIENT_SECRET: 'secret',
    SEGMENT_KEY: 'write-key-Xv92KdRt',
  };
  await addTenants(folder, [{ name: 'acme-eu', settings, isActive: false }]);
  await page.getByText('All 2').waitFor();
  await page.getByRole('link', { name: 'acme-eu' }).click();
  await page.getByRole('link', { name: 'All tenants' }).click();
  await page.getByText('All 2').waitFor();
});

test('the list makes two requests for 500 events at once', async () => {
  const folder = await temporaryFolder();
  await addIdleTenants(folder, 2);
  const { page, url } = await openDashboardPage(['--no-sandbox'], { browser: BRITISH_READER, folder });
  await page.getByText('All 2').waitFor();
  const event = { at: new Date().toISOString(), kind: 'end', tenant: 'tenant-0000', run: 'run', text: '' };
  // A thousand tenants whose runs end: more than this test could have run.
  const body = Array.from({ length: 500 }, (_, id) => `id: x.${id}\ndata: ${JSON.stringify(event)}\n\n`);
  await page.route('**/api/live', (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: `retry: 600000\n\n${body.join('')}` }),
  );
  const requests: number[] = [];
  page.on('request', (request) => {
    if (request.url().startsWith(`${url}/api/tenants?`)) requests.push(performance.now());
  });
  await page.reload();
  // One when it is opened, and one for all the events together once the pause is over.
  await expect.poll(() => requests.length).toBe(2);
  await page.getByText('All 2').waitFor();
  const [first = 0, second = 0, ...more] = requests;
  expect(more).toEqual([]);
  expect(second - first).toBeGreaterThan(1_500);
});

test('the page shows where the settings of a declared tenant come from, and changes none of them', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'tenants.yaml');
  await writeFile(
    file,
    `tenants:
  - name: acme-eu
    schedule: "0 0 3 * * *"
    settings:
      AUTH0_DOMAIN: tenant.invalid
      AUTH0_CLIENT_ID: client
      AUTH0_CLIENT_SECRET: env:ACME_SECRET
      SEGMENT_KEY: env:ACME_KEY
`,
  );
  const env = { TENANTS_FILE: file, ACME_SECRET: 'secret-of-acme', ACME_KEY: 'key-of-acme' };
  const { page } = await openDashboardPage(['--no-sandbox'], { browser: BRITISH_READER, folder, env });
  await page.getByText('Declared in TENANTS_FILE').waitFor();
  expect(await page.getByRole('switch').isDisabled()).toBe(true);
  expect(await page.getByRole('button', { name: 'Remove this tenant' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page
    .locator('dialog')
    .getByText('Read from env:ACME_SECRET at each run, and changed there.')
    .waitFor();
  const dialog = page.locator('dialog');
  expect(await dialog.locator('.field input:enabled, select:enabled').count()).toBe(0);
  expect(await dialog.getByRole('button', { name: 'Save' }).count()).toBe(0);
  await look(page, 'declared');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Reschedule' }).click();
  await dialog.getByText('The schedule is set by').waitFor();
  expect(await page.content()).not.toMatch(/secret-of-acme|key-of-acme/);
});
