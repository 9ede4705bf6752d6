import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder';
import { addTenants } from './add-tenants';
import { look } from './look';
import { openDashboardPage } from './open-dashboard-page';

test('what goes to Segment is chosen by keyboard, with the calls that it makes beside it', async () => {
  const folder = await temporaryFolder();
  const settings = {
    AUTH0_DOMAIN: 'acme.eu.auth0.com',
    AUTH0_CLIENT_ID: 'client-1',
    AUTH0_CLIENT_SECRET: 'secret-1',
    SEGMENT_KEY: 'segment-write-key-1',
  };
  await addTenants(folder, [{ name: 'acme', isActive: false, settings }]);
  const { page, complaints } = await openDashboardPage(['--no-sandbox'], { folder });
  await page.getByRole('button', { name: 'Settings' }).focus();
  await page.keyboard.press('Enter');
  const summary = page.locator('summary', { hasText: 'What is sent' });
  await summary.focus();
  await page.keyboard.press('Enter');
  const sample = page.getByRole('region', { name: 'Sample' });
  await sample.getByText('2 calls, of a made-up user.').waitFor();
  expect(await sample.innerText()).toContain('ada@example.com');

  await page.getByLabel(/^Fields that never leave/).focus();
  await page.keyboard.type('email, user_metadata.phone');
  await sample.getByText('Left out: email, user_metadata.phone.').waitFor();
  expect(await sample.innerText()).not.toMatch(/ada@example.com|7946/);
  await look(page, 'choices');

  await page.getByLabel(/^User ID field/).focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('email');
  await sample.getByText(/USER_ID_FIELD is "email", a field that EXCLUDE_FIELDS keeps/).waitFor();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('user_id');
  await sample.getByText('2 calls, of a made-up user.').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.getByText('EXCLUDE_FIELDS').first().waitFor();
  expect(complaints).toEqual([]);
});
