import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../../server/sandbox/open-sandbox';
import { temporaryFolder } from '../../support/temporary-folder';
import { addTenants } from './add-tenants';
import { examine, look } from './look';
import { openDashboardPage } from './open-dashboard-page';

const FOREVER = Number.POSITIVE_INFINITY;
const DAILY = '0 0 3 * * *';

test.each([1, 5])(
  'a run that waits for Auth0 is cancelled from its page, with %i tenants',
  async (tenants) => {
    const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 60, users: 20 }) } });
    const { EXTENSION_SECRET: _, SLACK_INCOMING_WEBHOOK: __, ...settings } = sandbox.secrets();
    const folder = await temporaryFolder();
    const names = ['acme-eu', 'acme-us', 'globex', 'initech', 'umbrella'].slice(0, tenants);
    await addTenants(
      folder,
      names.map((name) => ({ name, settings, schedule: DAILY, isActive: false })),
    );
    const env = { SEGMENT_ENDPOINT: settings.SEGMENT_ENDPOINT ?? '' };
    const { page, complaints } = await openDashboardPage(['--no-sandbox'], { folder, env });
    if (tenants > 1) await page.getByRole('link', { name: 'acme-eu' }).click();
    await page.getByRole('heading', { name: 'acme-eu' }).waitFor();
    const cancel = page.getByRole('button', { name: 'Cancel run' });
    expect(await cancel.count()).toBe(0);

    // Longer than the run has once it is cancelled.
    const fault = { kind: 'status', status: 503, headers: { 'retry-after': '60' } } as const;
    sandbox.tenant.faults.add({ endpoint: 'token', times: FOREVER, fault });
    const runNow = page.getByRole('button', { name: 'Run now' });
    await runNow.click();
    await page.getByText('trying again').first().waitFor();
    await cancel.waitFor();
    expect(await runNow.getAttribute('aria-busy')).toBe('true');
    const head = page.getByRole('region', { name: 'Tenant', exact: true });
    await head.getByText(/^Auth0 returned 503 .*; trying again in .* \(try \d+\)\.$/).waitFor();
    if (tenants === 1) await look(page, 'running');
    if (tenants === 1) await examine(page, 'running');

    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/cancel')) asked.push(request.url());
    });
    if (tenants === 1) {
      await cancel.dblclick();
    } else {
      await cancel.focus();
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
    }
    await page.getByText('The last run was cancelled').waitFor();
    await page.locator('.runs').getByText('Cancelled', { exact: true }).waitFor();
    expect(asked).toHaveLength(1);
    if (tenants > 1) {
      const focused = () => page.evaluate<string>('document.activeElement.textContent');
      await expect.poll(focused).toBe('acme-eu');
    }
    expect(await cancel.count()).toBe(0);
    expect(await page.getByText('This run was cancelled').first().innerText()).toContain('Nothing is lost');
    if (tenants === 1) await look(page, 'cancelled');
    const failedRuns = page.locator('dl > div').filter({ hasText: 'Failed runs' }).locator('dd');
    expect(await failedRuns.first().innerText()).toMatch(/^0/);

    // What it had not read, the next one does.
    sandbox.tenant.faults.clear();
    await runNow.click();
    await page.locator('.runs').getByText('Succeeded', { exact: true }).waitFor();
    await page.getByText('The last run was cancelled').waitFor({ state: 'detached' });
    expect(await head.getByText(/had ended before it could be cancelled|trying again/).count()).toBe(0);
    expect(complaints).toEqual([]);
  },
);
