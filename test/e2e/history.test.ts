import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { openExport } from '../support/open-export';

const logs = generateLogs({ count: 50, users: 10 });

test('runs that find nothing become one record with a count, and push no failure out', async () => {
  const { sandbox, webtask } = await openExport({ sandbox: { tenant: { logs } } });
  webtask.secrets.SEGMENT_KEY = '';
  expect((await webtask.cron()).statusCode).toBe(500);
  webtask.secrets.SEGMENT_KEY = sandbox.secrets().SEGMENT_KEY ?? '';
  const first = await webtask.cron();
  expect(first.body.status.logsProcessed).toBeGreaterThan(0);
  const quiet = [await webtask.cron(), await webtask.cron(), await webtask.cron()];
  const last = quiet.at(-1)?.body.status;
  // The answer is that of its own run; the history folds.
  expect(quiet.map(({ body }) => body.status.runs)).toEqual([undefined, undefined, undefined]);
  const state = webtask.state();
  const isOneDay = quiet[0]?.body.status.start.slice(0, 10) === last?.start.slice(0, 10);
  expect(state.logs).toHaveLength(isOneDay ? 3 : 4);
  expect(state.logs.slice(2).reduce((sum, record) => sum + (record.runs ?? 1), 0)).toBe(3);
  expect(state.logs[0]?.error?.message).toContain('SEGMENT_KEY is missing');
  expect(state.logs.at(-1)).toMatchObject({ end: last?.end, checkpoint: first.body.checkpoint });
  expect(state.lastRun).toBe(last?.end);
});

test('a stored date of the last daily report as Auth0’s extension wrote it does not silence the report', async () => {
  const day = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);
  const former = day(3).split('-').reverse().join('-');
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { logs } },
    secrets: { SLACK_DAILY_REPORT: 'true' },
    state: { lastReportDate: former, logs: [{ start: `${day(1)}T10:00:00.000Z`, logsProcessed: 5 }] },
  });
  await webtask.cron();
  expect([day(1), day(2)]).toContain(webtask.state().lastReportDate);
  // A day later, as the stored document says it.
  Object.assign(webtask.state(), { lastReportDate: day(2) });
  await webtask.cron();
  expect(JSON.stringify(sandbox.slack.messages)).toContain(`on ${day(1)}`);
});
