import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../server/host/temporary-folder';
import { addIdleTenants } from './add-tenants';
import { look } from './look';
import { openDashboardPage } from './open-dashboard-page';

const names = (page: Page) => page.locator('.tenants [data-tenant]').allInnerTexts();
/** What has the keyboard's focus. */
const focused = (page: Page): Promise<string> =>
  page.evaluate('(document.activeElement?.textContent || document.activeElement?.name || "").trim()');

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, wanted: string | RegExp): Promise<void> {
  for (let press = 0; press < 60; press += 1) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (typeof wanted === 'string' ? now === wanted : wanted.test(now)) return;
  }
  throw new Error(`Tab does not lead to ${wanted}`);
}

test('1,000 tenants: 25 a page, found by search and state, and the back button leads back', async () => {
  const folder = await temporaryFolder();
  await addIdleTenants(folder, 1_000);
  const { page, complaints } = await openDashboardPage(['--no-sandbox'], { folder });
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

test('by keyboard alone: to a tenant, into a dialog and out of it, back to all', async () => {
  const folder = await temporaryFolder();
  await addIdleTenants(folder, 3);
  const { page } = await openDashboardPage(['--no-sandbox'], { folder });
  await page.getByText('All 3').waitFor();
  await tabTo(page, 'tenant-0001');
  const outline: string = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
  expect(outline).toBe('solid');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'tenant-0001' }).waitFor();
  await expect.poll(() => focused(page)).toBe('tenant-0001');
  await tabTo(page, 'Settings');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Settings of tenant-0001' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  expect(await focused(page)).toBe('Settings');
  await tabTo(page, /^O(n|ff)$/);
  await page.keyboard.press('Space');
  await page.getByRole('switch', { checked: true }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'Tenants' }).waitFor();
  await expect.poll(() => focused(page)).toBe('Tenants');
});

test('an address of a tenant or a run that is gone says so', async () => {
  const folder = await temporaryFolder();
  await addIdleTenants(folder, 2);
  const { page, url } = await openDashboardPage(['--no-sandbox'], { folder });
  await page.goto(`${url}/#/tenants/removed`);
  await page.getByText('There is no tenant named removed').waitFor();
  await page.goto(`${url}/#/tenants/tenant-0001/runs/gone`);
  await page.getByText('There is no such run').waitFor();
  await look(page, 'gone');
});
