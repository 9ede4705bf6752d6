import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { exportedLogs } from '../support/exported-logs';
import { openExport } from '../support/open-export';
import { trackId } from '../support/track-id';

const logs = generateLogs({ count: 250, users: 40 });

test('a failed run is reported with the checkpoint to replay from', async () => {
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { logs } },
    secrets: { BATCH_SIZE: '50' },
  });
  sandbox.segment.faults.add({
    at: 2,
    times: Number.POSITIVE_INFINITY,
    fault: { kind: 'status', status: 401 },
  });
  const { statusCode, body } = await webtask.cron();
  const first = exportedLogs(sandbox).find(
    (log) => !sandbox.segment.ids('track').has(trackId(sandbox, log.log_id)),
  );
  expect(statusCode).toBe(500);
  expect(body.status.error?.checkpoint).toBe(first?.log_id);
  expect(sandbox.slack.messages).toHaveLength(1);
  const message = JSON.stringify(sandbox.slack.messages[0]);
  expect(message).toContain('Auth0 Logs to Segment: Failed');
  expect(message).toContain('Segment returned 401');
  expect(message).toContain(first?.log_id);
  expect(message).toContain('START_FROM');
});

test('a run that succeeds is reported only with SLACK_SEND_SUCCESS', async () => {
  const { sandbox, webtask } = await openExport({ sandbox: { tenant: { logs } } });
  await webtask.cron();
  expect(sandbox.slack.messages).toEqual([]);
  webtask.secrets.SLACK_SEND_SUCCESS = 'Yes';
  sandbox.tenant.addLog({ type: 's' });
  const { body } = await webtask.cron();
  expect(sandbox.slack.messages).toHaveLength(1);
  expect(JSON.stringify(sandbox.slack.messages[0])).toContain(body.checkpoint);
});

test('the day before is summed up once a day, by a later run where Slack did not take it', async () => {
  const day = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { logs } },
    secrets: { SLACK_DAILY_REPORT: 'Yes' },
    state: {
      lastReportDate: day(2),
      logs: [
        { start: `${day(1)}T10:00:00.000Z`, logsProcessed: 5, events: { 'Success Login': 5 } },
        { start: `${day(1)}T11:00:00.000Z`, logsProcessed: 2, events: { 'Success Login': 2 } },
      ],
    },
  });
  sandbox.slack.faults.add({ fault: { kind: 'status', status: 503 } });
  const refused = await webtask.cron();
  expect(refused.body.status.warning).toContain('Slack returned 503');
  expect([refused.statusCode, webtask.state().lastReportDate]).toEqual([200, day(2)]);
  await webtask.cron();
  expect(sandbox.slack.messages.map(({ text }) => text)).toEqual([
    `Auth0 Logs to Segment on ${day(1)}: 7 events sent in 2 runs, of which none failed.`,
  ]);
  expect(webtask.state().lastReportDate).toBe(day(1));
  await webtask.cron();
  expect(sandbox.slack.messages).toHaveLength(1);
});

test('the webhook is still found under its former name', async () => {
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { logs } },
    secrets: { SEGMENT_KEY: '' },
  });
  webtask.secrets.SLACK_INCOMING_WEBHOOK_URL = webtask.secrets.SLACK_INCOMING_WEBHOOK ?? '';
  webtask.secrets.SLACK_INCOMING_WEBHOOK = '';
  await webtask.cron();
  expect(sandbox.slack.messages).toHaveLength(1);
});

test('a webhook that is no https URL is a warning, and the export continues', async () => {
  const { webtask } = await openExport({
    sandbox: { tenant: { logs } },
    secrets: { SLACK_INCOMING_WEBHOOK: 'http://hooks.slack.example/services/T/B/x' },
  });
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(200);
  expect(body.status.logsProcessed).toBeGreaterThan(0);
  expect(body.status.warning).toContain('SLACK_INCOMING_WEBHOOK is not an https URL');
});

test.each([
  ['down', { kind: 'refuse' as const }],
  ['answering 404', { kind: 'status' as const, status: 404 }],
  ['answering 500', { kind: 'status' as const, status: 500 }],
])('Slack being %s changes nothing but a warning', async (_, fault) => {
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { logs } },
    secrets: { SLACK_SEND_SUCCESS: 'Yes' },
  });
  sandbox.slack.faults.add({ times: Number.POSITIVE_INFINITY, fault });
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(200);
  expect(body.status.warning).toContain('The report could not be sent to Slack');
  expect(webtask.state().logs.at(-1)?.warning).toBe(body.status.warning);
  expect(webtask.state().checkpointId).toBe(logs.idAt(249));
  // Known until Slack takes a report, whatever the runs between report.
  const failure = { at: expect.any(String), message: body.status.warning, webhook: expect.any(String) };
  expect(webtask.state().slackFailure).toEqual(failure);
  webtask.secrets.SLACK_SEND_SUCCESS = '';
  await webtask.cron();
  expect(webtask.state().slackFailure).toEqual(failure);
  sandbox.slack.faults.clear();
  webtask.secrets.SLACK_SEND_SUCCESS = 'Yes';
  await webtask.cron();
  expect(webtask.state().slackFailure).toBeNull();
});
