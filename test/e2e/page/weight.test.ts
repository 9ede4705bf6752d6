import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createSessionCookie } from '../../../server/extension/session';
import { startWebtask } from '../../support/start-webtask';

const LARGEST_PAGE = 120 * 1024;
const LARGEST_BUNDLE = 2 * 1024 * 1024;

test('the page, its script and its style are one answer of at most 120 KB, and name nothing to be fetched', async () => {
  const extensionSecret = 'extension-secret-5Yh1Lr7dQ2';
  const webtask = await startWebtask({
    secrets: { AUTH0_DOMAIN: 'tenant.eu.auth0.com', EXTENSION_SECRET: extensionSecret },
  });
  webtask.secrets.WT_URL = webtask.url;
  const owner = { subject: 'x', email: 'ada@example.com' };
  const session = await createSessionCookie({
    extensionSecret,
    baseUrl: webtask.url,
    owner,
    now: Date.now(),
  });
  const response = await fetch(webtask.url, { headers: { cookie: session.split(';')[0] ?? '' } });
  const html = await response.text();
  await webtask.close();
  expect(response.status).toBe(200);
  expect(Buffer.byteLength(html)).toBeLessThanOrEqual(LARGEST_PAGE);
  const [head = ''] = html.split('<script>');
  expect(head.replace(/<style>.*?<\/style>/s, '')).not.toMatch(/src=|@import|href="(?!data:)/);
});

test('the bundle with the page in it is at most 2 MB', async () => {
  const bundle = await readFile(new URL('../../../build/bundle.js', import.meta.url));
  expect(bundle.length).toBeLessThanOrEqual(LARGEST_BUNDLE);
});
