import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { look } from './look';
import { openDashboardPage } from './open-dashboard-page';

const PASSWORD = 'correct horse battery staple';

describe('the Dashboard in a browser', () => {
  test('asks for its password, says when it is wrong, opens, and shuts', async () => {
    const env = { DASHBOARD_PASSWORD: PASSWORD, ADDRESS: '127.0.0.1' };
    const { page } = await openDashboardPage(['--no-sandbox'], { env, waitFor: 'main.centered' });
    await page.getByLabel('Password').fill('not this one');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('This is not the password of this Dashboard.').waitFor();
    await look(page, 'login');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'Extensions' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Extensions' }).waitFor();
    await page.getByRole('button', { name: 'Sessions' }).click();
    await page.getByText('This browser').waitFor();
    await look(page, 'sessions');
    await page.locator('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Password').waitFor();
  });

  test('asks for the password again for other credentials and for uninstalling; everywhere means everywhere', async () => {
    const env = { DASHBOARD_PASSWORD: PASSWORD };
    const { page, url } = await openDashboardPage(['--no-sandbox'], { env, waitFor: 'main.centered' });
    const logIn = async (at: Page) => {
      await at.getByLabel('Password').fill(PASSWORD);
      await at.getByRole('button', { name: 'Log in' }).click();
      await at.getByRole('heading', { name: 'Extensions' }).waitFor();
    };
    await logIn(page);
    await page.getByRole('button', { name: /Auth0 Logs to Segment/ }).click();
    const fill = (name: string, value: string) => page.locator(`dialog [name="${name}"]`).fill(value);
    await fill('AUTH0_DOMAIN', 'tenant.invalid');
    await fill('AUTH0_CLIENT_ID', 'client');
    await fill('AUTH0_CLIENT_SECRET', 'secret-1');
    await fill('SEGMENT_KEY', 'key-1');
    await page.locator('dialog').getByRole('button', { name: 'Install', exact: true }).click();
    await page.getByRole('heading', { name: 'Installed Extensions' }).waitFor();
    await page.getByRole('button', { name: 'Settings' }).click();
    await fill('SEGMENT_KEY', 'key-2');
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

    const other = await (await page.context().browser()?.newContext())?.newPage();
    if (!other) throw new Error('no second browser');
    await other.goto(url);
    await logIn(other);
    await page.getByRole('button', { name: 'Sessions' }).click();
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByLabel('Password').waitFor();
    // Its live stream ends, and with it what it shows.
    await other.getByLabel('Password').waitFor();
    await other.context().close();

    await logIn(page);
    await page.getByRole('link', { name: 'Installed Extensions' }).first().click();
    await page.getByRole('button', { name: 'Uninstall' }).click();
    await fill('password', PASSWORD);
    await page.locator('dialog').getByRole('button', { name: 'Uninstall' }).click();
    await page.getByText('No extension is installed').waitFor();
  }, 60_000);

  test('in the sandbox: look at the run, uninstall with everything, install again with what it says', async () => {
    const { page, running, complaints } = await openDashboardPage([]);
    await running.says(/Next run at/);
    await page.getByRole('link', { name: 'Installed Extensions' }).click();
    // In the list of executions, where one on schedule does not take its place.
    await page.getByRole('link', { name: /Auth0 Logs to Segment/ }).click();
    await page
      .getByText(/1,7\d\d events of 3,0\d\d logs/)
      .first()
      .waitFor();
    await page.getByRole('link', { name: 'Installed Extensions' }).first().click();
    await page.getByRole('button', { name: 'Uninstall' }).click();
    await page.getByLabel(/Keep the checkpoint/).uncheck();
    await look(page, 'uninstall');
    await page.locator('dialog').getByRole('button', { name: 'Uninstall' }).click();
    await page.getByText('No extension is installed').waitFor();

    await page.getByRole('link', { name: 'Extensions', exact: true }).first().click();
    await page.getByRole('button', { name: /Auth0 Logs to Segment/ }).click();
    const [key = '', webhook = ''] = await page.locator('dialog .copy code').allTextContents();
    await page.locator('dialog [name="SEGMENT_KEY"]').fill(key);
    await page.locator('dialog [name="SLACK_INCOMING_WEBHOOK"]').fill(webhook);
    await look(page, 'install-sandbox');
    await page.locator('dialog').getByRole('button', { name: 'Install', exact: true }).click();
    await page.getByRole('link', { name: /Auth0 Logs to Segment/ }).click();
    await page.getByRole('button', { name: 'Run now' }).click();
    await page
      .getByText(/1,7\d\d events of 3,0\d\d logs/)
      .first()
      .waitFor();

    const [extension] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'Open the extension' }).click(),
    ]);
    await extension.getByText(/The last run succeeded/).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);
});
