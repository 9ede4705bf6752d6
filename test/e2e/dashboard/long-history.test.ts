import { expect, test } from 'vitest';
import { BRITISH_READER, openBrowserContext } from '../../browser/chromium';
import { temporaryFolder } from '../../support/temporary-folder';
import { expectNoOverflow } from '../page/reach';
import { addLongHistory, LONG_REASON } from './add-long-history';
import { addIdleTenants } from './add-tenants';
import { look } from './look';
import { openDashboardPage } from './open-dashboard-page';

const RUNS = 300;

test.each([1, 5])(
  `${RUNS} runs with values as long as they come fit every window, of %i tenants`,
  async (tenants) => {
    const folder = await temporaryFolder();
    const name = await addLongHistory(folder, RUNS);
    if (tenants > 1) await addIdleTenants(folder, tenants - 1);
    const { page, complaints } = await openDashboardPage(['--no-sandbox'], {
      browser: BRITISH_READER,
      folder,
    });
    if (tenants > 1) {
      await page.getByText('All 5').waitFor();
      await look(page, 'long-list');
      await expectNoOverflow(page);
      await page.getByRole('link', { name }).click();
    }
    await page.getByText('1–20 of 300').waitFor();
    await page.getByText(/cut off at the top/i).waitFor();
    if (tenants > 1) return;
    await look(page, 'long-tenant');
    await expectNoOverflow(page);
    await page.locator('.chart').scrollIntoViewIfNeeded();
    await look(page, 'long-chart');

    // Of a chart of many, what is pointed at is told.
    await page.locator('.uplot .u-over').hover();
    await page
      .locator('figcaption')
      .getByText(/events sent/)
      .waitFor();

    await page.getByRole('button', { name: 'Failed', exact: true }).click();
    await page.locator('.runs').getByText('Succeeded').first().waitFor({ state: 'detached' });
    await page
      .getByRole('button', { name: /^Details/ })
      .first()
      .click();
    await page.locator('.details').getByText(LONG_REASON).waitFor();
    await expectNoOverflow(page);
    await page.locator('.details').scrollIntoViewIfNeeded();
    await look(page, 'long-details');
    await page.setViewportSize({ width: 390, height: 800 });
    await expectNoOverflow(page);
    // As at 200 %: half the window, each pixel twice.
    await page.setViewportSize({ width: 640, height: 400 });
    await expectNoOverflow(page);
    expect(complaints).toEqual([]);
  },
);

test('the page names the reader’s time zone once if the schedule has another', async () => {
  const folder = await temporaryFolder();
  await addLongHistory(folder, 3);
  const { page, url } = await openDashboardPage(['--no-sandbox'], { browser: BRITISH_READER, folder });
  await page.getByText('1–3 of 3').or(page.getByText('Run on schedule')).first().waitFor();
  expect(await page.getByText('Times are those of your browser').count()).toBe(0);
  const context = await openBrowserContext({ timezoneId: 'Asia/Tokyo' });
  const abroad = await context.newPage();
  await abroad.goto(url);
  await abroad.getByText('Times are those of your browser (Asia/Tokyo).').waitFor();
  expect(await abroad.getByText('Times are those of your browser').count()).toBe(1);
  await addIdleTenants(folder, 1);
  await abroad.goto(`${url}/#/`);
  await abroad.reload();
  await abroad.getByText('All 2').waitFor();
  expect(await abroad.getByText('Times are those of your browser (Asia/Tokyo).').count()).toBe(1);
});

test('the filter for failed runs says that none of the stored runs failed', async () => {
  const folder = await temporaryFolder();
  await addLongHistory(folder, 3);
  const { page } = await openDashboardPage(['--no-sandbox'], { browser: BRITISH_READER, folder });
  await page.getByRole('button', { name: 'Failed', exact: true }).click();
  await page.getByText('None of the runs that are kept has failed.').waitFor();
});
