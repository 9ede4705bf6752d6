import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder';
import { addIdleTenants } from './add-tenants';
import { look } from './look';
import { openDashboardPage, openInBrowser } from './open-dashboard-page';

const PASSWORD = 'correct horse battery staple';

describe('the Dashboard in a browser', () => {
  test('asks for the password, rejects a wrong one, logs in and logs out', async () => {
    const env = { DASHBOARD_PASSWORD: PASSWORD, ADDRESS: '127.0.0.1' };
    const { page } = await openDashboardPage(['--no-sandbox'], { env, waitFor: 'main.centered' });
    await page.getByLabel('Password').fill('not this one');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('This is not the password of this Dashboard.').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'Nothing is exported yet' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Nothing is exported yet' }).waitFor();
    await page.getByRole('button', { name: 'Sessions' }).click();
    await page.getByText('This browser').waitFor();
    await page.locator('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Password').waitFor();
  });

  test('asks for the password again before it changes credentials or removes a tenant, and signs every browser out at once', async () => {
    const env = { DASHBOARD_PASSWORD: PASSWORD };
    const folder = await temporaryFolder();
    await addIdleTenants(folder, 1);
    const { page, url } = await openDashboardPage(['--no-sandbox'], {
      folder,
      env,
      waitFor: 'main.centered',
    });
    const logIn = async (at: Page) => {
      await at.getByLabel('Password').fill(PASSWORD);
      await at.getByRole('button', { name: 'Log in' }).click();
      await at.getByRole('heading', { name: 'tenant-0000' }).waitFor();
    };
    await logIn(page);
    const fill = (name: string, value: string) => page.locator(`dialog [name="${name}"]`).fill(value);
    await page.getByRole('button', { name: 'Settings' }).click();
    await fill('AUTH0_CLIENT_ID', 'client');
    await fill('AUTH0_CLIENT_SECRET', 'secret-1');
    await fill('SEGMENT_KEY', 'writeKeyOfTheTest2');
    const save = page.locator('dialog').getByRole('button', { name: 'Save' });
    await save.click();
    await page.getByLabel('Password of the Dashboard').waitFor();
    await look(page, 'password-again');
    await fill('password', 'not this one');
    await save.click();
    await page.getByText('This is not the password of this Dashboard.').waitFor();
    await fill('password', PASSWORD);
    await save.click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    const changes = page.getByRole('region', { name: 'Changes' });
    await changes.getByText('(secret)').first().waitFor();
    expect(await changes.innerText()).not.toContain('secret-1');

    const { page: other } = await openInBrowser(url, { waitFor: 'main.centered' });
    await logIn(other);
    await page.getByRole('button', { name: 'Sessions' }).click();
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByLabel('Password').waitFor();
    // Its live stream ends, and with it what it shows.
    await other.getByLabel('Password').waitFor();

    await logIn(page);
    await page.getByRole('button', { name: 'Remove this tenant' }).click();
    await fill('password', PASSWORD);
    await page.locator('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { name: 'Nothing is exported yet' }).waitFor();
  });

  test('shows the tenant of the sandbox first, with the settings from the environment as read-only', async () => {
    const { page, running, complaints } = await openDashboardPage([]);
    await running.prints(/Next run at/);
    await page.getByRole('heading', { name: 'sandbox', exact: true }).waitFor();
    await page
      .getByText(/1,\d{3} events sent, 3,0\d\d logs read/)
      .first()
      .waitFor();
    await look(page, 'sandbox');
    await page.getByRole('button', { name: 'Settings' }).click();
    expect(await page.getByLabel(/^Segment write key/).isDisabled()).toBe(true);
    await page
      .locator('dialog')
      .getByText(/Set by environment/)
      .first()
      .waitFor();
    await look(page, 'sandbox-settings');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    expect(await page.getByRole('button', { name: 'Remove this tenant' }).count()).toBe(0);

    // What is installed beside it sends to the sandbox's Segment, too, and nowhere else.
    const domain = await page.locator('.tenant-names p').innerText();
    await page.getByRole('link', { name: 'Extensions' }).click();
    await page.getByRole('button', { name: /^Auth0 Logs to Segment/ }).click();
    const secret = (await readFile('test/support/sandbox-secrets.txt', 'utf8')).split('\n')[0] ?? '';
    for (const [name, value] of [
      ['AUTH0_DOMAIN', domain],
      ['AUTH0_CLIENT_ID', 'sandboxExporterClientId'],
      ['AUTH0_CLIENT_SECRET', secret],
      ['SEGMENT_KEY', 'anyKeyOfTheRightShape'],
      ['name', 'second'],
    ] as const) {
      await page.locator(`dialog [name="${name}"]`).fill(value);
    }
    await page.locator('dialog').getByRole('button', { name: 'Install', exact: true }).click();
    await page.getByRole('heading', { name: 'second' }).waitFor();
    await page.getByText(/^Caught up\. Segment accepted/).waitFor();
    expect(complaints).toEqual([]);
  });
});
