import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { type OpenExport, openExport } from '../support/open-export';

const logs = generateLogs({ count: 250, users: 40 });

async function expectNothingExported({ sandbox, webtask }: OpenExport, words: RegExp) {
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(500);
  expect(body.status.error?.message).toMatch(words);
  expect(sandbox.segment.accepted).toBe(0);
  expect(webtask.state().checkpointId ?? null).toBeNull();
  expect(webtask.state().logs.at(-1)?.error).toEqual(body.status.error);
  expect(sandbox.slack.messages).toHaveLength(1);
}

test('wrong Auth0 credentials are named, with where to look', async () => {
  const open = await openExport({
    sandbox: { tenant: { logs } },
    secrets: { AUTH0_CLIENT_SECRET: 'wrong-secret' },
  });
  await expectNothingExported(
    open,
    /401 when requesting an access token.*Copy AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET/,
  );
});

test('a missing scope is named, with where to grant it', async () => {
  const open = await openExport({ sandbox: { tenant: { logs, scopes: ['read:users'] } } });
  await expectNothingExported(open, /403 when reading logs.*lacks the scope read:logs/);
});

test('a missing scope for users is named too', async () => {
  const open = await openExport({ sandbox: { tenant: { logs, scopes: ['read:logs'] } } });
  await expectNothingExported(open, /403 when looking up users.*lacks the scope read:users/);
});

test('a domain at which nothing is, is named', async () => {
  const open = await openExport({
    sandbox: { tenant: { logs } },
    secrets: { AUTH0_DOMAIN: '127.0.0.1:1', MAX_RUN_SECONDS: '4' },
  });
  await expectNothingExported(
    open,
    /could not be reached at 127\.0\.0\.1:1.*connection (was refused|failed).*check that this machine can connect/,
  );
});

test('a domain that is none is named before anything is asked', async () => {
  const open = await openExport({
    sandbox: { tenant: { logs } },
    secrets: { AUTH0_DOMAIN: 'https://x.auth0.com/path' },
  });
  await expectNothingExported(open, /AUTH0_DOMAIN is "https:\/\/x.auth0.com\/path".*without https:\/\//);
});

test('a missing SEGMENT_KEY is named, with where to find it', async () => {
  const open = await openExport({ sandbox: { tenant: { logs } }, secrets: { SEGMENT_KEY: '' } });
  await expectNothingExported(open, /SEGMENT_KEY is missing.*write key/);
  expect(open.sandbox.tenant.requests.token).toBe(0);
});

test('a region that is none is named, with the two that are', async () => {
  const open = await openExport({ sandbox: { tenant: { logs } }, secrets: { SEGMENT_REGION: 'Mars' } });
  await expectNothingExported(open, /SEGMENT_REGION is "Mars".*US or EU/);
});

test('a write key that Segment refuses is named', async () => {
  const open = await openExport({
    sandbox: { tenant: { logs }, segment: { unknownKeyStatus: 401 } },
    secrets: { SEGMENT_KEY: 'wrong-segment-write-key' },
  });
  await expectNothingExported(open, /Segment returned 401.*Check SEGMENT_KEY/);
});

test('a write key that Segment does not know but answers with 200 cannot be told from a right one', async () => {
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { logs } },
    secrets: { SEGMENT_KEY: 'wrong-segment-write-key' },
  });
  expect((await webtask.cron()).statusCode).toBe(200);
  expect(sandbox.segment.accepted).toBe(0);
});
