import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder';
import { addLongHistory } from './add-long-history';
import { openDashboardPage } from './open-dashboard-page';

test('a browser whose language is not a valid tag and that knows no time zone shows a tenant with its chart and dialogs', async () => {
  const folder = await temporaryFolder();
  await addLongHistory(folder, 3);
  const { page, complaints } = await openDashboardPage(['--no-sandbox'], { folder });
  // Chromium reports these under LANG=C.UTF-8 and TZ=UTC0.
  await page.addInitScript(`
    Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix' });
    Object.defineProperty(Navigator.prototype, 'languages', { get: () => ['en-US@posix'] });
    const { resolvedOptions } = Intl.DateTimeFormat.prototype;
    Intl.DateTimeFormat.prototype.resolvedOptions = function () {
      const options = resolvedOptions.call(this);
      return { ...options, timeZone: 'Etc/Unknown' };
    };
  `);
  await page.reload();
  await page.getByText('Run on schedule').waitFor();
  await page.locator('.uplot canvas').waitFor();
  expect(await page.evaluate('navigator.language')).toBe('en-US');
  await page.getByRole('button', { name: 'Start from…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Start from' });
  expect(await dialog.getByLabel('Time zone').locator('option').allInnerTexts()).toEqual([
    'UTC (where you are)',
  ]);
  await dialog.getByLabel('Date and time', { exact: true }).fill('2026-03-01T13:29');
  expect(complaints).toEqual([]);
});
