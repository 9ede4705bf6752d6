import { createServer } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Fault } from '../../server/sandbox/http/faults';
import { startSlack } from '../../server/sandbox/slack';
import { ExportError } from '../../src/errors';
import { createRedactor } from '../../src/redactor';
import { createReporter, sendToSlack, webhookDigest } from '../../src/slack/reporter';
import { fitDocument, parseRunDocument } from '../../src/storage/run-document';
import { addRun, sumRuns } from '../../src/storage/run-history';
import { parseRunState, type RunRecord } from '../../src/storage/run-state';
import { makeRecord } from '../support/make-record';

const now = Date.parse('2026-03-01T12:00:00Z');
const failed = makeRecord({ error: { message: 'It broke.', checkpoint: '9002' } });

async function open({ sendSuccess = false, dailyReport = false, isOn = true, remaining = 20_000 } = {}) {
  const slack = await startSlack({}, {});
  onTestFinished(() => slack.server.close());
  const reporter = createReporter({
    slack: { webhook: isOn ? slack.webhookUrl : undefined, sendSuccess, dailyReport },
    fetch,
    deadline: { remaining: () => remaining },
    redactor: createRedactor(['secret-1']),
  });
  return { slack, reporter };
}

/** Adds up the runs of a history, and the one that is under way. */
const sumUp =
  (logs: readonly RunRecord[], run: RunRecord, isWhole = true) =>
  async (span: { from: number; until: number }) => ({ ...sumRuns([...logs, run], span), isWhole });

describe('a run is reported', () => {
  const rejected = makeRecord({ rejected: [{ logId: '9', call: 'track', reason: 'r' }] });

  test.each([
    ['when it failed', failed, { needsAttention: false, sendSuccess: false }, 1],
    ['when calls were rejected', rejected, { needsAttention: false, sendSuccess: false }, 1],
    [
      'when it needs attention',
      makeRecord({ warning: 'gap' }),
      { needsAttention: true, sendSuccess: false },
      1,
    ],
    ['when successes are wanted', makeRecord(), { needsAttention: false, sendSuccess: true }, 1],
    ['not when it succeeded otherwise', makeRecord(), { needsAttention: false, sendSuccess: false }, 0],
    [
      'not for a mere warning',
      makeRecord({ warning: 'w' }),
      { needsAttention: false, sendSuccess: false },
      0,
    ],
  ])('%s', async (_when, run, { needsAttention, sendSuccess }, times) => {
    const { slack, reporter } = await open({ sendSuccess });
    expect(await reporter.run(run, needsAttention)).toBeUndefined();
    expect([slack.requests, slack.messages.length]).toEqual([times, times]);
  });

  test('nowhere when there is no webhook', async () => {
    const { slack, reporter } = await open({ isOn: false, sendSuccess: true, dailyReport: true });
    expect(await reporter.run(failed, true)).toBeUndefined();
    expect(await reporter.daily({ lastReportDate: '2020-01-01' }, sumUp([], failed), now)).toEqual({});
    expect(slack.requests).toBe(0);
  });

  test('without any secret', async () => {
    const { slack, reporter } = await open();
    await reporter.run(
      makeRecord({ error: { message: 'key secret-1 & <b>', checkpoint: 'secret-1' } }),
      false,
    );
    expect(slack.messages).toHaveLength(1);
    expect(JSON.stringify(slack.messages)).not.toContain('secret-1');
    expect(JSON.stringify(slack.messages)).toContain('[redacted]');
  });
});

describe('a Slack that does not take it is a warning and nothing more', () => {
  const remedies = {
    makeNew: 'Make a new webhook in Slack',
    checkAddress: 'Check SLACK_INCOMING_WEBHOOK',
    nothing: 'It is usually temporary',
    askAdministrator: 'Ask an administrator',
    restore: 'Restore the channel',
    allow: 'Allow requests from this machine to 127.0.0.1',
  };
  const answer = (status: number, body = ''): Fault => ({ kind: 'status', status, body });
  const faults: [string, Fault, RegExp, keyof typeof remedies][] = [
    ['404 no_service', answer(404, 'no_service'), /says no_service: the webhook is disabled/, 'makeNew'],
    ['404 no_team', answer(404, 'no_team'), /says no_team/, 'checkAddress'],
    ['404 of something else', answer(404, '<p>Not found</p>'), /404: there is no webhook/, 'checkAddress'],
    ['403 invalid_token', answer(403, 'invalid_token'), /says invalid_token/, 'checkAddress'],
    ['403 action_prohibited', answer(403, 'action_prohibited'), /has forbidden/, 'askAdministrator'],
    [
      '403 with a page of a proxy',
      { kind: 'status', status: 403, body: '<p>Blocked</p>', headers: { server: 'squid/6.6' } },
      /returned 403\. The answer is not from Slack's API but .* "squid\/6\.6"/,
      'allow',
    ],
    ['403 of a word that is new', answer(403, 'new_word'), /403 \(new_word\): the webhook/, 'makeNew'],
    ['404 channel_not_found', answer(404, 'channel_not_found'), /channel .* was deleted/, 'makeNew'],
    ['410 channel_is_archived', answer(410, 'channel_is_archived'), /is archived/, 'restore'],
    ['410', answer(410), /410: the webhook was removed/, 'makeNew'],
    ['429', answer(429), /429: it gets too many messages/, 'nothing'],
    ['500', answer(500), /500: it is unavailable/, 'nothing'],
    ['a redirect', { kind: 'status', status: 302, headers: { location: '/e' } }, /302\./, 'checkAddress'],
    ['a cut connection', { kind: 'cut' }, /The connection was cut\./, 'nothing'],
    ['a refused connection', { kind: 'refuse' }, /The connection was cut\./, 'nothing'],
    ['nothing with 204', answer(204), /Something else answers/, 'checkAddress'],
    ['a page', { kind: 'body', body: '<html>Welcome</html>' }, /Something else answers/, 'checkAddress'],
  ];

  test.each(faults)('%s: its cause, and one remedy', async (_what, fault, expected, remedy) => {
    const { slack, reporter } = await open();
    slack.faults.add({ times: Number.POSITIVE_INFINITY, fault });
    const warning = await reporter.run(failed, false);
    expect(warning).toMatch(expected);
    expect(Object.entries(remedies).filter(([, words]) => warning?.includes(words))).toEqual([
      [remedy, remedies[remedy]],
    ]);
    expect(warning).not.toContain(slack.webhookUrl);
    // One try: reports never hold a run up, and a redirect is not followed.
    expect(slack.requests).toBe(1);
  });

  test('a host name that does not exist, which the library wraps', async () => {
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND hooks.example'), { code: 'ENOTFOUND' });
    const warning = await sendToSlack(
      {
        webhook: 'https://hooks.example/services/x',
        fetch: () => Promise.reject(new TypeError('fetch failed', { cause: unknown })),
        timeoutMs: 20_000,
      },
      { text: 'failed' },
    );
    expect(warning).toContain(
      'The host name hooks.example does not exist. Check SLACK_INCOMING_WEBHOOK, and that this machine can look up names (DNS).',
    );
    expect(warning).not.toContain('/services/');
  });

  test('a certificate that is not trusted has the remedy NODE_EXTRA_CA_CERTS', async () => {
    const untrusted = Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    const warning = await sendToSlack(
      {
        webhook: 'https://hooks.example/services/x',
        fetch: () => Promise.reject(new TypeError('fetch failed', { cause: untrusted })),
        timeoutMs: 20_000,
      },
      { text: 'failed' },
    );
    expect(warning).toContain('No secure connection to hooks.example');
    expect(warning).toContain('Set NODE_EXTRA_CA_CERTS');
    expect(warning).not.toMatch(/\/services\/|temporary/);
  });

  test('which stays known until Slack takes a report, or none is wanted', async () => {
    const { slack, reporter } = await open();
    expect(reporter.failureAfter(undefined, now)).toBeUndefined();
    slack.faults.add({ fault: { kind: 'status', status: 503 } });
    const message = await reporter.run(failed, false);
    const failure = reporter.failureAfter(undefined, now);
    expect(failure).toEqual({
      at: '2026-03-01T12:00:00.000Z',
      message,
      webhook: webhookDigest(slack.webhookUrl),
    });
    expect(JSON.stringify(failure)).not.toContain(slack.webhookUrl);

    // A run that reports nothing leaves it as it is.
    const { reporter: quiet } = await open();
    await quiet.run(makeRecord(), false);
    expect(quiet.failureAfter(failure, now)).toBeUndefined();
    await reporter.run(failed, false);
    expect(reporter.failureAfter(failure, now)).toBeNull();
    const { reporter: off } = await open({ isOn: false });
    expect(off.failureAfter(failure, now)).toBeNull();
  });

  test('silence, as long as the run has time', async () => {
    const { slack, reporter } = await open({ remaining: 0 });
    slack.faults.add({ fault: { kind: 'hang' } });
    const begun = performance.now();
    expect(await reporter.run(failed, false)).toContain('There was no answer in time.');
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  test('a redirect to another server, which never hears of the report', async () => {
    const [{ slack, reporter }, elsewhere] = [await open(), await startSlack({}, {})];
    onTestFinished(() => elsewhere.server.close());
    for (const status of [301, 302, 303, 307, 308]) {
      const headers = { location: elsewhere.webhookUrl };
      slack.faults.add({ fault: { kind: 'status', status, headers } });
      expect(await reporter.run(failed, false)).toContain(`Slack returned ${status}`);
    }
    expect(elsewhere.requests).toBe(0);
  });

  test('an answer without end, which is not read to it', async () => {
    let sent = 0;
    const server = createServer((_request, response) => {
      response.writeHead(500);
      const write = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024))) sent += 64 * 1024;
        response.once('drain', write);
      };
      write();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const webhook = `http://127.0.0.1:${port}/services/x`;
    const warning = await sendToSlack({ webhook, fetch, timeoutMs: 20_000 }, { text: 'failed' });
    expect(warning).toContain('Slack returned 500');
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  test('a host that is not there', async () => {
    const { slack, reporter } = await open();
    await slack.server.close();
    expect(await reporter.run(failed, false)).toContain('The connection was refused.');
  });
});

describe('the daily report', () => {
  const yesterdays = makeRecord({ start: '2026-02-28T10:00:00.000Z', events: { 'Success Login': 1_234 } });
  const older = makeRecord({ start: '2026-02-27T23:59:59.999Z', events: { 'Success Login': 50_000 } });
  const today = makeRecord({ start: '2026-03-01T12:00:00.000Z', events: { 'Success Login': 60_000 } });
  const logs = [older, yesterdays];

  test('sums yesterday up, once', async () => {
    const { slack, reporter } = await open({ dailyReport: true });
    expect(await reporter.daily({ lastReportDate: '2026-02-27' }, sumUp(logs, today), now)).toEqual({
      reported: '2026-02-28',
    });
    expect(slack.messages).toHaveLength(1);
    expect(slack.messages[0]?.text).toBe(
      'Auth0 Logs to Segment on 2026-02-28: 1,234 events sent in 1 run, of which none failed.',
    );
    expect(await reporter.daily({ lastReportDate: '2026-02-28' }, sumUp(logs, today), now)).toEqual({});
    expect(slack.messages).toHaveLength(1);
  });

  test('begins with the day after it was asked for', async () => {
    const { slack, reporter } = await open({ dailyReport: true });
    expect(await reporter.daily({ lastReportDate: null }, sumUp(logs, today), now)).toEqual({
      reported: '2026-02-28',
    });
    expect(slack.messages).toEqual([]);
    const tomorrow = now + 24 * 60 * 60 * 1000;
    await reporter.daily({ lastReportDate: '2026-02-28' }, sumUp(logs, today), tomorrow);
    expect(slack.messages[0]?.text).toContain('on 2026-03-01');
  });

  test('counts a run that ends after midnight to the day on which it began', async () => {
    const { slack, reporter } = await open({ dailyReport: true });
    const midnight = makeRecord({ start: '2026-02-28T23:59:59.000Z', events: { 'Success Login': 7 } });
    await reporter.daily(
      { lastReportDate: '2026-02-27' },
      sumUp([], midnight),
      Date.parse('2026-03-01T00:00:03Z'),
    );
    expect(slack.messages[0]?.text).toContain('7 events sent in 1 run');
  });

  test('is sent by a later run when Slack did not take it', async () => {
    const { slack, reporter } = await open({ dailyReport: true });
    slack.faults.add({ fault: { kind: 'status', status: 503 } });
    const state = { lastReportDate: '2026-02-27' };
    const sums = sumUp(logs, today);
    expect(await reporter.daily(state, sums, now)).toEqual({ warning: expect.stringContaining('503') });
    expect(await reporter.daily(state, sums, now)).toEqual({ reported: '2026-02-28' });
    expect(slack.messages).toHaveLength(1);
  });

  test('counts every run of a schedule of one minute, folded or not, on its own day', async () => {
    const { slack, reporter } = await open({ dailyReport: true });
    const minute = (place: number) => {
      const start = Date.parse('2026-02-27T00:00:00Z') + place * 60_000;
      const error = place === 1_440 + 700 ? failed.error : undefined;
      return makeRecord({
        start: new Date(start).toISOString(),
        end: new Date(start + 900).toISOString(),
        events: { 'Success Login': place % 100 === 50 ? 7 : 0 },
        ...(error && { error }),
      });
    };
    const runs = Array.from({ length: 3 * 1_440 }, (_, place) => minute(place));
    const history = runs.reduce<RunRecord[]>(addRun, []);
    expect(history.length).toBeLessThan(100);
    await reporter.daily({ lastReportDate: '2026-02-27' }, sumUp(history, today), now);
    // 15 of the 1,440 sent seven events each.
    expect(slack.messages[0]?.text).toBe(
      'Auth0 Logs to Segment on 2026-02-28: 105 events sent in 1,440 runs, of which 1 failed.',
    );
  });

  test('counts runs that were folded to make room for newer ones', async () => {
    const { slack, reporter } = await open({ dailyReport: true });
    const busy = Array.from({ length: 2 * 1_440 }, (_, place) => {
      const start = Date.parse('2026-02-27T12:00:00Z') + place * 60_000;
      return makeRecord({
        start: new Date(start).toISOString(),
        end: new Date(start + 900).toISOString(),
        events: { 'Success Login': 10 },
        batches: 1,
      });
    });
    const { state, logs: kept } = fitDocument({ ...parseRunDocument({}), logs: busy }, 50_000);
    expect(kept.length).toBeLessThan(1_440);
    await reporter.daily({ ...state, lastReportDate: '2026-02-27' }, sumUp(kept, today), now);
    expect(slack.messages[0]?.text).toContain('14,400 events sent in 1,440 runs, of which none failed.');
  });

  test('says that its figures are minimums where the history had no room for all of the day', async () => {
    const { slack, reporter } = await open({ dailyReport: true });
    const state = { lastReportDate: '2026-02-27' };
    await reporter.daily(state, sumUp(logs, today, false), now);
    expect(slack.messages[0]?.text).toContain('These are minimums');
    await reporter.daily(state, sumUp([], today, false), now);
    expect(slack.messages[1]?.text).toContain('no room left for the runs of this day');
    await reporter.daily(state, sumUp(logs, today), now);
    expect(slack.messages[2]?.text).not.toContain('minimums');
  });

  test('is made by a later run where the history cannot be read, which fails nothing else', async () => {
    const { slack, reporter } = await open({ dailyReport: true });
    const unreadable = () =>
      Promise.reject(new ExportError('storage_read', 'The history could not be read.'));
    expect(await reporter.daily({ lastReportDate: '2026-02-27' }, unreadable, now)).toEqual({
      warning:
        'The daily report was not made: The history could not be read. The next run tries again; if this persists, check the storage. A later run makes it.',
    });
    expect(slack.requests).toBe(0);
  });

  test.each(['24-11-2026', '05-11-2026', '24/11/2026', '2026-11', '9999-12-31'])(
    'is not silenced by a last report of %s',
    async (lastReportDate) => {
      const { slack, reporter } = await open({ dailyReport: true });
      const state = parseRunState({ lastReportDate });
      // Unknown: the day before may have been reported already, the next one will be.
      expect(await reporter.daily(state, sumUp(logs, today), now)).toEqual({ reported: '2026-02-28' });
      expect(slack.messages).toEqual([]);
    },
  );

  test('is not sent where it is not wanted', async () => {
    const { slack, reporter } = await open();
    expect(await reporter.daily({ lastReportDate: '2026-02-01' }, sumUp(logs, today), now)).toEqual({});
    expect(slack.requests).toBe(0);
  });
});
