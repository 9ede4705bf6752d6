import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { BRITISH_READER } from '../../browser/chromium';
import { openSandbox } from '../../server/sandbox/open-sandbox';
import { exportedLogs } from '../../support/exported-logs';
import { temporaryFolder } from '../../support/temporary-folder';
import { addTenants } from './add-tenants';
import { look } from './look';
import { openDashboardPage } from './open-dashboard-page';

const MINUTE = 60_000;
const START = Date.parse('2026-03-01T12:00:00.000Z');

test('the keyboard alone starts a run from a date with its zone, from now, from the oldest log or from an ID, and the run is labelled', async () => {
  // Dated within the first 0.1 s of each minute: Auth0 writes a log that much later.
  const logs = generateLogs({ count: 60, users: 10, start: START + 100, stepMs: MINUTE });
  const sandbox = await openSandbox({ tenant: { logs } });
  const { EXTENSION_SECRET: _, ...own } = sandbox.secrets();
  const folder = await temporaryFolder();
  await addTenants(folder, [
    { name: 'acme', isActive: false, settings: own, schedule: '0 0 3 * * *', timeZone: 'Europe/Berlin' },
  ]);
  const { page, complaints } = await openDashboardPage(['--no-sandbox'], {
    browser: BRITISH_READER,
    folder,
    env: { SEGMENT_ENDPOINT: own.SEGMENT_ENDPOINT ?? '' },
  });
  const dialog = page.getByRole('dialog', { name: 'Start from' });
  const newest = () => page.locator('.runs tbody').first();
  const open = async () => {
    await page.getByRole('button', { name: 'Start from…' }).focus();
    await page.keyboard.press('Enter');
    await dialog.waitFor();
  };
  /** Presses the button, and waits for its run. */
  const started = async (words: RegExp, { isReplay = true } = {}) => {
    const before = (await newest().count()) > 0 ? await newest().getAttribute('data-run') : null;
    const start = dialog.getByRole('button', { name: 'Start a run' });
    // The page hears of the end of a run after the list of runs does.
    await expect.poll(() => start.isEnabled()).toBe(true);
    await start.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => newest().getAttribute('data-run')).not.toBe(before);
    await newest().getByText('Succeeded', { exact: true }).waitFor();
    await page.getByText(words).waitFor();
    expect(await newest().getByText('Replay', { exact: true }).count()).toBe(isReplay ? 1 : 0);
  };

  await open();
  await dialog.getByRole('button', { name: 'Start a run' }).focus();
  await page.keyboard.press('Enter');
  await dialog.getByText('Enter a date and a time.').waitFor();
  // By the clocks of Berlin, an hour ahead: 12:29:00 UTC.
  await dialog.getByLabel('Date and time', { exact: true }).fill('2026-03-01T13:29');
  await dialog.getByText('Enter a date and a time.').waitFor({ state: 'detached' });
  await dialog.getByLabel('Time zone').selectOption('Europe/Berlin');
  // Nothing was exported before, so nothing is sent again.
  await started(/^The last run started with the log of 1 Mar 2026, 12:29:00 UTC\.$/, { isReplay: false });
  expect(sandbox.segment.tracks()).toHaveLength(
    exportedLogs(sandbox).filter(({ date }) => Date.parse(date) >= START + 29 * MINUTE).length,
  );
  await look(page, 'started');

  await open();
  await dialog.getByText(/^.*Used on \d+ \w+.* \d\d:\d\d\. It acts once/).waitFor();
  await dialog.getByRole('radio', { name: /^A date and time/ }).focus();
  // Past "The oldest log", to "Now".
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  expect(await dialog.getByRole('radio', { name: /^Now/ }).isChecked()).toBe(true);
  await started(/^The last run started with the log of 1 Mar 2026, 12:59:00 UTC\.$/);
  await page.setViewportSize({ width: 390, height: 844 });
  await newest().getByText('Replay', { exact: true }).waitFor();
  await page.setViewportSize({ width: 1280, height: 860 });

  await open();
  await dialog.getByLabel('Date and time', { exact: true }).fill('2025-01-01T00:00');
  await started(/^The last run started with the log of 1 Mar 2026, 12:00:00 UTC\. That is the oldest/);

  // What was said of that run is not true of the next.
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByText(/^The last run started with/).waitFor({ state: 'detached' });
  expect(await page.getByText(/^A run starts with/).count()).toBe(0);

  complaints.length = 0;
  await open();
  await dialog.getByRole('radio', { name: /^A checkpoint ID/ }).check();
  await dialog.getByRole('textbox', { name: 'Checkpoint ID' }).fill('mistyped');
  await dialog.getByRole('button', { name: 'Start a run' }).click();
  await dialog.getByText(/Auth0 does not know a log "mistyped"/).waitFor();
  await look(page, 'start-refused');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  // The browser itself tells of the one refusal.
  expect(complaints).toHaveLength(1);

  await page.getByRole('button', { name: 'Settings' }).click();
  await page
    .locator('dialog')
    .getByText(/^Used on \d+ \w+/)
    .waitFor();
  await look(page, 'settings-when');
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: 'Extensions' }).click();
  await page.getByRole('button', { name: /Installed for 1 tenant/ }).click();
  const install = page.getByRole('dialog', { name: /^Install/ });
  for (const [name, value] of Object.entries(own)) {
    const field = install.locator(`input[name="${name}"]`);
    if (name !== 'START_FROM' && (await field.count()) > 0 && (await field.isVisible()))
      await field.fill(value);
  }
  await install.getByLabel(/^Name/).fill('beta');
  await install.getByRole('radio', { name: /^A date and time/ }).check();
  await install.getByRole('button', { name: 'Install', exact: true }).click();
  await install.getByText('Enter a date and a time.').waitFor();
  await look(page, 'install-start');
  await install.getByRole('radio', { name: /^Now/ }).check();
  await install.getByRole('button', { name: 'Install', exact: true }).click();
  await page.getByRole('heading', { name: 'beta' }).waitFor();
  await page.getByRole('button', { name: 'Settings' }).click();
  expect(await page.locator('dialog [name="START_FROM"]').inputValue()).toBe(sandbox.tenant.logAt(59).log_id);
});
