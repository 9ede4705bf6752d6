import type { Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import type { WorkerInList, WorkerList } from '../../../server/dashboard/api/view';
import { BRITISH_READER, openBrowserContext } from '../../browser/chromium';
import { askFor, openMachines } from '../../server/cli/start-machines';
import { openTestPostgres } from '../../support/postgres';
import { temporaryFolder } from '../../support/temporary-folder';
import { addIdleTenants } from './add-tenants';
import { examine, look } from './look';
import { openDashboardPage } from './open-dashboard-page';

const SOON = { timeout: 60_000, interval: 100 };

/** Opens the Dashboard of a process that runs already. */
async function openPage(url: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await (await openBrowserContext()).newPage();
  page.setDefaultTimeout(SOON.timeout);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  await page.waitForSelector('main[aria-busy=false]');
  return { page, complaints };
}

/** A figure of the queue, with its note. */
const figure = async (page: Page, name: string) =>
  (await page.locator('.figures > div', { hasText: name }).locator('dd').innerText()).replace(/\s+/g, ' ');

test('the page shows each process, what it runs with the way to it, and how much waits', async () => {
  const { url } = await openTestPostgres();
  const tenants = { acme: 2_000, beta: 2_000, gamma: 2_000 };
  const { start, sandboxes } = await openMachines({ url, tenants, env: { MAX_CONCURRENT_RUNS: '1' } });
  for (const { segment } of sandboxes.values()) {
    segment.faults.add({ times: Number.POSITIVE_INFINITY, fault: { kind: 'delay', ms: 2_000 } });
  }
  const [web, first, second] = await Promise.all([start('web'), start('worker'), start('worker')]);
  await vi.waitFor(async () => {
    const { queue, workers } = await askFor<WorkerList>(web.url, '/api/workers');
    expect(queue).toMatchObject({ waiting: 1, active: 2, dead: 0 });
    expect(workers.map(({ role, places, runs }) => [role, places, runs.length]).sort()).toEqual([
      ['web', 0, 0],
      ['worker', 1, 1],
      ['worker', 1, 1],
    ]);
  }, SOON);

  const { page, complaints } = await openPage(web.url);
  // By keyboard alone.
  const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Workers' });
  await link.waitFor();
  while (!(await link.evaluate((one) => one === one.ownerDocument.activeElement))) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Workers' }).waitFor();
  await expect.poll(() => figure(page, 'Waiting'), SOON).toBe('1 for a free place');
  await expect.poll(() => figure(page, 'Running'), SOON).toBe('2 on a worker');
  expect(await page.locator('.workers tbody tr').count()).toBe(3);
  expect(await page.getByText('1 of 1').count()).toBe(2);
  await look(page, 'workers');

  const tenant = page.locator('.worker-runs a').first();
  const name = await tenant.innerText();
  await tenant.click();
  await page.getByRole('heading', { name }).waitFor();
  await page.locator('.runs .is-open').waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'Workers' }).waitFor();

  // What ends is gone, and what that means is said.
  for (const { segment } of sandboxes.values()) segment.faults.clear();
  await Promise.all([first.stop(), second.stop()]);
  await page.getByText('No worker is running').waitFor();
  expect(await page.locator('.workers tbody tr').count()).toBe(1);
  expect(complaints).toEqual([]);
});

const NOW = Date.parse('2026-03-01T12:00:00Z');
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

const makeWorker = (id: string, fields: Partial<WorkerInList> = {}): WorkerInList => ({
  id,
  host: `exporter-worker-${id}`,
  pid: 17,
  role: 'worker',
  version: '3.0.0',
  places: 8,
  startedAt: ago(3_600),
  seenAt: ago(2),
  runs: [],
  ...fields,
});

test('the page warns of a silent process, of runs that were given up, of two versions and of a long wait', async () => {
  const folder = await temporaryFolder();
  await addIdleTenants(folder, 2);
  const { page, url } = await openDashboardPage(['--no-sandbox'], { browser: BRITISH_READER, folder });
  const runs = Array.from({ length: 15 }, (_, index) => ({
    tenant: `a-tenant-with-quite-a-long-name-as-they-may-have-${index}`,
    run: `run-${index}`,
    startedAt: ago(index * 90),
  }));
  const list: WorkerList = {
    now: ago(0),
    workers: [
      makeWorker('7c9d8b5f4-x2lkq.a-cluster-with-a-long-name.internal', { runs, places: 16 }),
      makeWorker('stopped', { seenAt: ago(40), version: '3.0.1' }),
      makeWorker('all', { role: 'all' }),
      makeWorker('web', { role: 'web', places: 0 }),
    ],
    queue: { waiting: 1_200, active: 15, oldestWaitMs: 95_000, dead: 2 },
  };
  await page.route('**/api/workers', (route) => route.fulfill({ json: list }));
  await page.goto(`${url}/#/workers`);
  await page.getByText('2 runs given up within a day').waitFor();
  await page.getByText('Versions 3.0.0 and 3.0.1 run side by side').waitFor();
  await page.getByText('Silent for 40 s').waitFor();
  expect(await figure(page, 'Waiting')).toBe('1,200 for a free place');
  expect(await figure(page, 'Oldest wait')).toBe('1 min 35 s');
  expect(await page.locator('.figures dd.is-warn').innerText()).toBe('1 min 35 s');
  expect(await page.locator('.worker-runs a').count()).toBe(12);
  await page.getByText('and 3 more').waitFor();
  expect(await page.getByText('No worker is running').count()).toBe(0);
  await look(page, 'workers-troubled');
  await examine(page, 'workers-troubled');
});

test('a single process shows no link to the workers, and their page explains how to have several', async () => {
  const folder = await temporaryFolder();
  await addIdleTenants(folder, 2);
  const { page, url } = await openDashboardPage(['--no-sandbox'], { browser: BRITISH_READER, folder });
  await page.getByRole('link', { name: 'Extensions' }).waitFor();
  expect(await page.getByRole('link', { name: 'Workers' }).count()).toBe(0);
  expect(await askFor<WorkerList>(url, '/api/workers')).toMatchObject({ workers: [], queue: null });
  await page.goto(`${url}/#/workers`);
  await page.getByText('Everything runs in this one process').waitFor();
});
