import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { addIdleTenants } from './add-tenants';
import { examine } from './look';
import { openDashboardPage } from './open-dashboard-page';

const PASSWORD = 'correct horse battery staple';

/** Uses something with the keyboard alone. */
async function press(one: Locator, key: 'Enter' | 'Space' = 'Enter'): Promise<void> {
  await one.focus();
  await one.press(key);
}

const isFocused = (one: Locator) =>
  one.evaluate((element) => element === element.ownerDocument.activeElement);
const expectFocus = (one: Locator) => expect.poll(() => isFocused(one)).toBe(true);

/** What is done with dialogs by keyboard. */
function dialogsOf(page: Page) {
  const dialog = page.getByRole('dialog').last();
  const button = (name: string) => dialog.getByRole('button', { name, exact: true });
  const gone = () => page.locator('dialog').waitFor({ state: 'detached' });
  return {
    dialog,
    button,
    gone,
    /** Opens a dialog, has it examined as `reach` leaves it, and leaves it by Escape: the focus returns to what has opened it. */
    visit: async (opener: Locator, state: string, reach?: () => Promise<unknown>) => {
      await press(opener);
      await dialog.waitFor();
      await reach?.();
      await examine(page, state);
      await page.keyboard.press('Escape');
      await gone();
      await expectFocus(opener);
    },
  };
}

/** Where what is used in the masthead stands, from one to the next in the order of the Tab key; in the order of reading, never before the last. */
const MASTHEAD = `[...document.querySelectorAll('.masthead a, .masthead button')]
  .map((one) => one.getBoundingClientRect())
  .map(({ top, bottom, left }, place, all) => {
    const before = all[place - 1];
    return !before || top >= before.bottom || (bottom > before.top && left >= before.right);
  })`;

test('every page and dialog is used by keyboard alone, on a phone and at 200 %, with five tenants', async () => {
  const { page, url, running, complaints } = await openDashboardPage([], {
    env: { DASHBOARD_PASSWORD: PASSWORD },
    waitFor: 'main.centered',
  });
  const { dialog, button, gone, visit } = dialogsOf(page);
  const pageButton = (name: string | RegExp) => page.getByRole('button', { name });
  const title = (name: string) => page.locator('.page-title', { hasText: name });

  await examine(page, 'door');
  await page.getByLabel('Password').focus();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await running.prints(/Next run at/);
  await addIdleTenants(running.folder, 4, 'data/sandbox');
  await page.getByText('All 5').waitFor();
  await examine(page, 'all-tenants');
  for (const width of [1280, 640, 390, 360]) {
    await page.setViewportSize({ width, height: 860 });
    expect(await page.evaluate(MASTHEAD)).toEqual([true, true, true, true, true]);
  }
  await page.setViewportSize({ width: 1280, height: 860 });
  await visit(pageButton('Sessions'), 'sessions', () => page.getByText('This browser').waitFor());

  await press(page.getByRole('link', { name: 'Extensions' }));
  await expectFocus(title('Extensions'));
  await examine(page, 'gallery');
  const tile = pageButton(/^Auth0 Logs to Segment/);
  const openGroups = async () => {
    for (const name of ['What is sent', 'Advanced'])
      await press(dialog.locator('summary', { hasText: name }));
    await dialog.getByText('2 calls, of a made-up user.').waitFor();
  };
  await visit(tile, 'install-form', openGroups);
  await press(tile);
  await press(button('Set it up for me'), 'Space');
  expect(await button('Set it up for me').getAttribute('aria-pressed')).toBe('true');
  await press(dialog.getByRole('checkbox', { name: /Export within seconds/ }), 'Space');
  await press(button('Set up'));
  await dialog.locator('.form-end .field-problem').waitFor();
  await examine(page, 'setup-form');
  await dialog.getByLabel(/^Domain/).focus();
  await page.keyboard.type('acme');
  await page.keyboard.press('Escape');
  await examine(page, 'unsaved');
  await page.keyboard.press('Escape');
  await page.getByText('Leave without saving?').waitFor({ state: 'detached' });
  await expect.poll(() => dialog.getByLabel(/^Domain/).inputValue()).toBe('acme');
  await page.keyboard.press('Escape');
  await press(button('Discard changes'));
  await gone();
  await expectFocus(tile);

  await press(page.getByRole('link', { name: 'Tenants' }));
  await press(page.getByRole('link', { name: 'sandbox', exact: true }));
  await expectFocus(title('sandbox'));
  await visit(pageButton('Settings'), 'settings-form', openGroups);
  await visit(pageButton('Reschedule'), 'schedule', async () => {
    await dialog.getByText('The next five').waitFor();
    await dialog.getByText('Each of several tenants').waitFor();
    // Every five minutes; of several tenants each begins a little later than that.
    expect(await dialog.locator('.times li').first().innerText()).not.toMatch(/:00$/);
  });
  await visit(pageButton('Start from…'), 'start-form', async () => {
    await press(button('Start a run'));
    await dialog.getByText('Enter a date and a time.').waitFor();
    await expectFocus(dialog.getByLabel('Date and time', { exact: true }));
  });
  await visit(pageButton(/^Make a (new )?token/), 'token', async () => {
    await page.getByRole('dialog', { name: 'Make a token', exact: true }).waitFor();
    await examine(page, 'token-form');
    await dialog.getByLabel('Password of the Dashboard').focus();
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await expectFocus(button('Copy the token'));
    // As where the Dashboard is opened without HTTPS.
    await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
    await page.keyboard.press('Enter');
    await dialog.getByText('Copied', { exact: true }).waitFor();
    await expectFocus(button('Copy the token'));
  });

  // A run that fails, with everything open that can be.
  const outage = page.getByRole('switch', { name: 'Segment is down' });
  await press(outage, 'Space');
  await expect.poll(() => outage.getAttribute('aria-checked')).toBe('true');
  await expectFocus(outage);
  await press(pageButton('Run now'));
  await page.getByText('The last run failed', { exact: true }).waitFor();
  await page
    .getByRole('list', { name: /^Messages in Slack/ })
    .getByText('Auth0 Logs to Segment: Failed')
    .waitFor();
  await press(pageButton(/^Details/).first());
  await page.locator('.details').waitFor();
  const events = page.getByRole('region', { name: 'Last events' });
  await press(events.getByRole('button', { name: /^JSON of/ }).first());
  await events.locator('pre').waitFor();
  const preview = page.getByRole('region', { name: 'What the next run sends' });
  await press(preview.getByRole('button', { name: 'Preview' }));
  const call = preview.getByRole('button', { name: /^Track call/ }).first();
  await call.waitFor();
  await expectFocus(preview.getByRole('button', { name: 'Preview' }));
  await press(call);
  const check = pageButton('Check the connection');
  await press(check);
  await page.getByText('Checked: 1 failed.').waitFor();
  await expectFocus(check);
  await examine(page, 'all-open');
  const older = events.getByRole('button', { name: 'Older' });
  for (let shown = 10; shown < 200; shown += 10) await press(older);
  await events.getByText('191–200 of 200').waitFor();
  await expectFocus(older);

  await press(outage, 'Space');
  await expect.poll(() => outage.getAttribute('aria-checked')).toBe('false');
  const replay = page
    .getByRole('region', { name: 'Tenant' })
    .getByRole('button', { name: 'Replay from here' });
  await visit(replay, 'replay-form');
  await press(replay);
  await press(button('Replay from here'));
  await gone();
  // The button goes with the failure that it is about.
  await replay.waitFor({ state: 'detached' });
  await expectFocus(title('sandbox'));

  await page.goto(`${url}/#/tenants/tenant-0001`);
  await title('tenant-0001').waitFor();
  await examine(page, 'idle');
  await visit(pageButton('Remove this tenant'), 'remove-form', async () =>
    expect(await dialog.getByText('Its log stream in Auth0 stays').count()).toBe(0),
  );
  await press(page.getByRole('switch', { name: 'Run on schedule' }), 'Space');
  await page.getByRole('switch', { checked: true }).waitFor();
  await page.goBack();
  await title('sandbox').waitFor();
  // Its runs succeed, and nobody hears of them: that is to be seen among five, too.
  await press(page.getByRole('switch', { name: 'Slack is down' }), 'Space');
  await page.getByRole('switch', { name: 'Slack is down', checked: true }).waitFor();
  await press(pageButton('Run now'));
  await page.getByText('Last Slack report failed').waitFor();
  await examine(page, 'slack-failed');
  await press(page.getByRole('link', { name: 'All tenants' }));
  await expectFocus(title('Tenants'));
  const row = page.getByRole('row').filter({ hasText: 'sandbox' });
  await row.getByText('Caught up').first().waitFor();
  await row.getByText('Slack report failed').waitFor();
  expect(await page.getByText('Slack report failed').count()).toBe(1);
  await examine(page, 'slack-failed-list');
  await press(pageButton('Log out'));
  await page.getByLabel('Password').waitFor();
  // The browser itself tells of the refused setup.
  expect(complaints.filter((text) => !/40[13]|422/.test(text))).toEqual([]);
});
