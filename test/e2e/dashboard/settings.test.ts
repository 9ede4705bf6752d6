import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { BRITISH_READER } from '../../browser/chromium';
import { openSandbox } from '../../server/sandbox/open-sandbox';
import { temporaryFolder } from '../../support/temporary-folder';
import { addTenants } from './add-tenants';
import { look } from './look';
import { openDashboardPage } from './open-dashboard-page';

const DAILY = '0 0 3 * * *';
const field = (page: Page, name: string) => page.locator(`dialog [name="${name}"]`);
const settings = {
  AUTH0_DOMAIN: 'acme.eu.auth0.com',
  AUTH0_CLIENT_ID: 'client-1',
  AUTH0_CLIENT_SECRET: 'secret-1',
  SEGMENT_KEY: 'segment-write-key-1',
};

/** A tenant that is switched off, in the Dashboard. */
async function openTenant(schedule = DAILY) {
  const folder = await temporaryFolder();
  await addTenants(folder, [{ name: 'acme', isActive: false, settings, schedule }]);
  return openDashboardPage(['--no-sandbox'], { browser: BRITISH_READER, folder });
}

test('the dialog asks before it drops unsaved settings: on Escape, a click beside it, Cancel, Back, another address and a closed tab', async () => {
  const { page, complaints } = await openTenant();
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });
  const dialog = page.getByRole('dialog', { name: 'Settings of acme' });
  const open = async () => {
    await page.getByRole('button', { name: 'Settings' }).press('Enter');
    await dialog.waitFor();
  };
  await open();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(await page.evaluate('document.activeElement.textContent')).toContain('Settings');

  // A page to go back to.
  await page.evaluate('location.hash = "#/extensions"');
  await page.getByRole('heading', { name: 'Extensions' }).waitFor();
  await page.evaluate('location.hash = "#/tenants/acme"');
  await open();
  await field(page, 'CLIENTS').evaluate((input) => input.closest('details')?.setAttribute('open', ''));
  await field(page, 'CLIENTS').fill('Web');
  const waysOut: [string, () => Promise<void>][] = [
    ['Escape', () => page.keyboard.press('Escape')],
    ['Escape again', () => page.keyboard.press('Escape')],
    ['beside', () => page.mouse.click(5, 5)],
    ['Cancel', () => dialog.getByRole('button', { name: 'Cancel' }).click()],
    ['Close', () => dialog.getByRole('button', { name: 'Close' }).click()],
  ];
  for (const [way, leave] of waysOut) {
    await leave();
    await question.waitFor();
    if (way === 'Escape') await look(page, 'unsaved');
    // What leaves the question is not what leaves the form.
    if (way === 'Escape again') await page.keyboard.press('Escape');
    else await question.getByRole('button', { name: 'Keep editing' }).click();
    await question.waitFor({ state: 'detached' });
    expect([way, await field(page, 'CLIENTS').inputValue()]).toEqual([way, 'Web']);
  }
  const leavings: [string, string][] = [
    ['Back', 'history.back()'],
    ['an address', 'location.hash = "#/extensions"'],
  ];
  for (const [way, script] of leavings) {
    const { hash } = new URL(page.url());
    await page.evaluate(script);
    await question.getByRole('button', { name: 'Keep editing' }).click();
    await question.waitFor({ state: 'detached' });
    expect([way, new URL(page.url()).hash, await field(page, 'CLIENTS').inputValue()]).toEqual([
      way,
      hash,
      'Web',
    ]);
  }
  const asked = page.waitForEvent('dialog');
  const closing = page.close({ runBeforeUnload: true });
  const browserDialog = await asked;
  expect(browserDialog.type()).toBe('beforeunload');
  await browserDialog.dismiss();
  await closing;
  expect(await field(page, 'CLIENTS').inputValue()).toBe('Web');

  // Entered as it was, nothing is lost.
  await field(page, 'CLIENTS').fill('');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await open();
  expect(await field(page, 'CLIENTS').inputValue()).toBe('');
  await field(page, 'START_FROM').fill('900');
  await page.keyboard.press('Escape');
  await question.getByRole('button', { name: 'Discard changes' }).focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await open();
  expect(await field(page, 'START_FROM').inputValue()).toBe('');
  await field(page, 'START_FROM').fill('900');
  await page.evaluate('history.back()');
  await question.getByRole('button', { name: 'Discard changes' }).click();
  await page.getByRole('heading', { name: 'Extensions' }).waitFor();
  expect(await page.locator('dialog').count()).toBe(0);
  expect(complaints).toEqual([]);
});

test('saving tells when it takes effect and which value it corrected, and runs at once on request', async () => {
  const sandbox = await openSandbox();
  const { EXTENSION_SECRET: _, ...own } = sandbox.secrets();
  const folder = await temporaryFolder();
  await addTenants(folder, [{ name: 'acme', isActive: false, settings: own, schedule: DAILY }]);
  const { page, complaints } = await openDashboardPage(['--no-sandbox'], {
    browser: BRITISH_READER,
    folder,
    env: { SEGMENT_ENDPOINT: own.SEGMENT_ENDPOINT ?? '' },
  });
  const save = async (name: string, value: string) => {
    await page.getByRole('button', { name: 'Settings' }).click();
    await field(page, name).evaluate((input) => input.closest('details')?.setAttribute('open', ''));
    await field(page, name).fill(value);
    await page.locator('dialog').getByRole('button', { name: 'Save' }).click();
    await page.locator('dialog').waitFor({ state: 'detached' });
  };
  await save('BATCH_SIZE', '500');
  await page.getByText(/^Saved\. The schedule is off/).waitFor();
  await page.getByText('BATCH_SIZE is "500", more than the maximum of 100: 100 is used.').waitFor();
  expect(await page.getByText('No run can succeed').count()).toBe(0);
  await page.getByRole('switch').click();
  await page.getByText(/^Saved\. The next run, .*at 03:00:00, works with it\.$/).waitFor();
  await look(page, 'saved');
  const notice = page.getByRole('status').filter({ hasText: 'Saved.' });
  await notice.getByRole('button', { name: 'Run now' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.runs tbody').first().getByText('Warning').first().waitFor();
  await notice.waitFor({ state: 'detached' });
  expect(complaints).toEqual([]);
});

test('a pasted address becomes the domain in it when the field is left', async () => {
  const { page } = await openTenant();
  await page.getByRole('button', { name: 'Settings' }).click();
  await field(page, 'AUTH0_DOMAIN').fill(' https://tenant.eu.auth0.com/ ');
  await page.keyboard.press('Tab');
  expect(await field(page, 'AUTH0_DOMAIN').inputValue()).toBe('tenant.eu.auth0.com');
});

test('a rejected value in a closed group opens the group, and the first rejected field has the focus', async () => {
  const { page } = await openTenant();
  await page.getByRole('button', { name: 'Settings' }).click();
  const group = page.locator('dialog summary', { hasText: 'Advanced' });
  await group.focus();
  await page.keyboard.press('Enter');
  await field(page, 'BATCH_SIZE').fill('many');
  await group.focus();
  await page.keyboard.press('Enter');
  await field(page, 'BATCH_SIZE').waitFor({ state: 'hidden' });
  await page.locator('dialog').getByRole('button', { name: 'Save' }).click();
  await field(page, 'BATCH_SIZE').waitFor({ state: 'visible' });
  await page.getByText('Nothing was saved. See Batch size.').waitFor();
  expect(await page.evaluate('document.activeElement.name')).toBe('BATCH_SIZE');
  // What is entered now was not refused.
  await field(page, 'BATCH_SIZE').fill('5');
  await page.getByText('Nothing was saved.').waitFor({ state: 'detached' });
  expect(await page.locator('dialog .field-problem').count()).toBe(0);
});

test('the dialog for the schedule explains both wrong fields, drops a message when its field is edited, and shows years and zones', async () => {
  const { page } = await openTenant();
  const dialog = page.getByRole('dialog', { name: 'Reschedule acme' });
  await page.getByRole('button', { name: 'Reschedule' }).click();
  await field(page, 'schedule').fill('now');
  await field(page, 'timeZone').fill('Europe/Nowhere');
  await dialog.getByText(/The schedule is "now"/).waitFor();
  await dialog.getByText(/The time zone is "Europe\/Nowhere"/).waitFor();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Nothing was saved.').waitFor();
  await look(page, 'reschedule-refused');
  await field(page, 'schedule').fill('0 0 3 1 1 *');
  await dialog.getByText('Nothing was saved.').waitFor({ state: 'detached' });
  await field(page, 'timeZone').fill('America/New_York');
  await dialog.getByText('The next five').waitFor();
  const times = await dialog.locator('.times li').allInnerTexts();
  expect(times).toHaveLength(5);
  for (const time of times) expect(time).toMatch(/1 Jan 20\d\d, 03:00:00 \(08:00:00 UTC where you are\)/);
  await look(page, 'reschedule-yearly');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('switch').click();
  await page.getByText(/1 Jan 20\d\d, 03:00:00 \(08:00:00 UTC where you are\)/).waitFor();
  const changes = page.getByRole('region', { name: 'Changes' });
  for (const change of [
    /^Schedule from 0 0 3 \* \* \* to/,
    /^Time zone from UTC to/,
    /^Run on schedule from Off to On/,
  ])
    await changes.getByText(change).waitFor();
  await page.getByText(/The first run is on 1 Jan.* at 08:00 UTC\./).waitFor();
  await page.getByRole('button', { name: 'Reschedule' }).click();
  expect(await dialog.locator('.field-problem').count()).toBe(0);
});

const CONTRAST = `[...document.querySelectorAll('button:disabled')].map((button) => {
  const style = getComputedStyle(button);
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const luminance = (color) => {
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let behind = button;
  while (/, 0\\)$|^transparent$/.test(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
  const both = [luminance(style.color), luminance(getComputedStyle(behind).backgroundColor)];
  return Number(style.opacity) * (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
})`;

test('a button that cannot be pressed can be read, in light and in dark', async () => {
  const { page } = await openTenant();
  await page.getByRole('button', { name: 'Reschedule' }).waitFor();
  await page.evaluate(
    "document.querySelectorAll('main button').forEach((button) => { button.disabled = true })",
  );
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const contrasts = await page.evaluate<number[]>(CONTRAST);
    expect(contrasts.length).toBeGreaterThan(5);
    for (const contrast of contrasts) expect(contrast).toBeGreaterThanOrEqual(4.5);
  }
});
