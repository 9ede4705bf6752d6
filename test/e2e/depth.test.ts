import { expect, test } from 'vitest';
import { openExport } from '../support/open-export';
import { trackId } from '../support/track-id';

const LEVELS = 10_000;
const DEEP = 'auth0|deep';
const FLAT = 'auth0|flat';

/** JSON that nothing which calls itself can write. */
const wrap = (open: string, inner: string, close: string) =>
  open.repeat(LEVELS) + inner + close.repeat(LEVELS);
const TOKEN = '{"access_token":"issued-by-a-provider"}';
const DEEP_USER = `{"user_id":"${DEEP}","updated_at":"2100-01-01T00:00:00.000Z","email":"deep@customer.example","identities":[${TOKEN}],"user_metadata":{"plan":"gold","lists":${wrap('[', TOKEN, ']')},"objects":${wrap('{"a":', TOKEN, '}')}}}`;
const FLAT_USER = `{"user_id":"${FLAT}","updated_at":"2100-01-01T00:00:00.000Z","email":"flat@customer.example"}`;

async function open() {
  const opened = await openExport({});
  const { tenant } = opened.sandbox;
  const logs = tenant.addLogs([{ user_id: FLAT }, { user_id: DEEP }, { user_id: FLAT }]);
  return { ...opened, ids: logs.map((log) => trackId(opened.sandbox, log.log_id)), last: logs[2]?.log_id };
}

test.each([
  ['the search', [['user-search', `[${FLAT_USER},${DEEP_USER}]`]]],
  [
    'the lookup by id',
    [
      ['user-search', `[${FLAT_USER}]`],
      ['user', DEEP_USER],
    ],
  ],
] as const)(
  'a profile nested 10,000 levels deep, answered by %s, goes without what stands deeper than 50, and blocks nobody',
  async (_what, answers) => {
    const { sandbox, webtask, ids, last } = await open();
    for (const [endpoint, body] of answers)
      sandbox.tenant.faults.add({ endpoint, fault: { kind: 'body', body } });
    const { statusCode, body } = await webtask.cron();
    expect([statusCode, body.status.rejected, body.checkpoint]).toEqual([200, [], last]);
    expect(body.status.warning).toBe(
      `1 profile was nested deeper than 50 levels and went without what stands deeper: ${DEEP} (in lists, objects).`,
    );
    expect(sandbox.segment.tracks().map(({ messageId }) => messageId)).toEqual(ids);
    const sent = sandbox.segment.received.filter(({ userId }) => userId === DEEP);
    expect(sent.map(({ type }) => type)).toEqual(['identify', 'track']);
    for (const { traits, properties } of sent)
      expect(traits ?? properties).toMatchObject({ email: 'deep@customer.example', plan: 'gold' });
    expect(JSON.stringify(sandbox.segment.received)).not.toContain('issued');
    expect(JSON.stringify([webtask.state(), sandbox.slack.messages])).not.toContain('issued');
  },
);

test('logs whose details are nested 10,000 levels deep are exported', async () => {
  const { sandbox, webtask, ids } = await open();
  const logs = [...sandbox.tenant.allLogs()].map((log) => JSON.stringify({ ...log, details: 'DEEP' }));
  const body = `[${logs.join()}]`.replaceAll('"DEEP"', wrap('{"a":', '[]', '}'));
  webtask.secrets.START_FROM = sandbox.tenant.addLog({ type: 'slo', log_id: '1' }).log_id;
  sandbox.tenant.faults.add({ endpoint: 'logs', fault: { kind: 'body', body } });
  const result = await webtask.cron();
  expect(result.statusCode).toBe(200);
  expect(sandbox.segment.tracks().map(({ messageId }) => messageId)).toEqual(ids);
});
