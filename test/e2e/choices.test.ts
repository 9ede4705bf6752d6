import { expect, test } from 'vitest';
import { openExport } from '../support/open-export';
import { trackId } from '../support/track-id';

/** Three logins of three kinds, with everything in their logs that may be told of one. */
async function exportWith(secrets: Record<string, string>) {
  const { sandbox, webtask } = await openExport({ secrets });
  sandbox.tenant.setUser({
    user_id: 'auth0|1',
    email: 'ada@customer.example',
    given_name: 'Ada',
    app_metadata: { customer_id: 'customer 7', plan: 'team' },
    identities: [
      { provider: 'x', user_id: '1', connection: 'x', isSocial: false, profileData: { ssn: 'ssn-1' } },
    ],
  });
  const context = {
    organization_id: 'org_1',
    organization_name: 'acme',
    client_id: 'shopId',
    client_name: 'Shop',
  };
  const logs = sandbox.tenant.addLogs([
    { type: 's', user_id: 'auth0|1', ...context, connection: 'google-oauth2' },
    { type: 'fp', user_id: 'auth0|1', ...context, connection: 'Passwords' },
    { type: 'fu', user_id: '', ...context, connection: 'Passwords' },
    {
      type: 's',
      user_id: 'auth0|gone',
      ...context,
      client_id: 'blogId',
      client_name: 'Blog',
      connection: 'Passwords',
    },
  ]);
  const { statusCode, body } = await webtask.cron();
  const received = sandbox.segment.received;
  expect(sandbox.segment.dropped).toEqual([]);
  expect(JSON.stringify(received)).not.toMatch(
    /203\.0\.113|SandboxBrowser|sandbox-log-description|log-session/,
  );
  const of = (type: string) => received.filter((call) => call.type === type);
  return {
    sandbox,
    logs,
    statusCode,
    status: body.status,
    webtask,
    tracks: of('track'),
    identifies: of('identify'),
    groups: of('group'),
  };
}

test('SEND_IDENTIFY=No sends the tracks alone', async () => {
  const { tracks, identifies } = await exportWith({ SEND_IDENTIFY: 'false' });
  expect([tracks.length, identifies.length]).toEqual([2, 0]);
});

test('EXCLUDE_FIELDS leave in no call', async () => {
  const { tracks, identifies } = await exportWith({
    EXCLUDE_FIELDS: 'email, given_name, app_metadata.plan, identities.*.profileData',
  });
  expect(tracks[0]?.properties).toMatchObject({ user_id: 'auth0|1', customer_id: 'customer 7' });
  expect(JSON.stringify([tracks, identifies])).not.toMatch(/ada@|"Ada"|plan|team|ssn|profileData/);
});

test('EVENT_NAMES=Segment uses those of Segment', async () => {
  const { tracks } = await exportWith({ EVENT_NAMES: 'Segment', FAILED_LOGINS: 'All' });
  expect(tracks.map(({ event }) => event)).toEqual(['Signed In', 'Login Failed', 'Signed In']);
});

test('FAILED_LOGINS=All sends wrong passwords, and counts unknown users without an id as skipped', async () => {
  const { tracks, status } = await exportWith({ FAILED_LOGINS: 'All' });
  expect(tracks.map(({ event }) => event)).toEqual(['Success Login', 'Failed Login', 'Success Login']);
  expect([status.logsProcessed, status.skipped]).toEqual([4, 1]);
});

test('USER_ID_FIELD is the userId, and where there is none the Auth0 id is, and counted', async () => {
  const { tracks, identifies, status } = await exportWith({ USER_ID_FIELD: 'app_metadata.customer_id' });
  expect(tracks.map(({ userId }) => userId)).toEqual(['customer 7', 'auth0|gone']);
  expect(identifies.map(({ userId }) => userId)).toEqual(['customer 7']);
  expect(status.withoutUserIdField).toBe(1);
});

test('ORGANIZATIONS sends the groupId of tracks and a group call', async () => {
  const { tracks, groups } = await exportWith({ ORGANIZATIONS: 'true' });
  expect(tracks.map(({ context }) => context)).toEqual(
    Array(2).fill(expect.objectContaining({ groupId: 'org_1' })),
  );
  expect(groups).toEqual([
    expect.objectContaining({ groupId: 'org_1', userId: 'auth0|1', traits: { name: 'acme' } }),
  ]);
});

test('a group call that Segment refuses is recorded with its log, and the tracks are delivered', async () => {
  const { sandbox, webtask } = await openExport({ secrets: { ORGANIZATIONS: 'true' } });
  sandbox.segment.refuse(({ type }) => type === 'group');
  const [log] = sandbox.tenant.addLogs([
    { type: 's', user_id: 'auth0|1', organization_id: 'org_1', organization_name: 'acme' },
    { type: 's', user_id: 'auth0|2', organization_id: 'org_1', organization_name: 'acme' },
  ]);
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(200);
  expect(body.status.rejected).toEqual([
    { logId: log?.log_id, call: 'group', reason: 'Segment refused the call with 400.' },
  ]);
  expect(sandbox.segment.tracks()).toHaveLength(2);
});

test('LOGIN_CONTEXT sends application and connection', async () => {
  const { tracks } = await exportWith({ LOGIN_CONTEXT: 'true' });
  expect(tracks.map(({ properties }) => properties)).toEqual([
    expect.objectContaining({
      auth0_client: { id: 'shopId', name: 'Shop' },
      auth0_connection: 'google-oauth2',
    }),
    { auth0_client: { id: 'blogId', name: 'Blog' }, auth0_connection: 'Passwords' },
  ]);
});

test.each([
  [{ CLIENTS: 'shop' }, 'auth0|1'],
  [{ CLIENTS: 'blogId' }, 'auth0|gone'],
  [{ CONNECTIONS: 'Passwords' }, 'auth0|gone'],
  [{ CONNECTIONS: 'google-oauth2', CLIENTS: 'Shop, Blog' }, 'auth0|1'],
])(
  '%j sends only those, and the checkpoint passes the others',
  async (secrets: Record<string, string>, userId) => {
    const { tracks, status, logs } = await exportWith(secrets);
    expect(tracks.map((track) => track.userId)).toEqual([userId]);
    expect([status.logsProcessed, status.checkpoint]).toEqual([1, logs.at(-1)?.log_id]);
  },
);

test('a wrong value fails the run before anything is read or sent', async () => {
  const { sandbox, statusCode, status } = await exportWith({ EVENT_NAMES: 'Own' });
  expect([statusCode, status.error?.message]).toEqual([
    500,
    'EVENT_NAMES is "Own". It must be Auth0 or Segment. Correct the settings that are named.',
  ]);
  expect([status.logsRead, sandbox.segment.requests, status.checkpoint]).toEqual([0, 0, null]);
});

test('a replay with other settings in the same process doubles no track, and sends nothing that is excluded by now', async () => {
  const { sandbox, webtask, logs, tracks } = await exportWith({});
  sandbox.segment.reset();
  webtask.secrets.EXCLUDE_FIELDS = 'email';
  webtask.secrets.USER_ID_FIELD = 'app_metadata.customer_id';
  webtask.secrets.START_FROM = logs[0]?.log_id ?? '';
  expect((await webtask.cron()).statusCode).toBe(200);
  const again = sandbox.segment.tracks();
  expect(again.map(({ messageId }) => messageId)).toEqual(tracks.map(({ messageId }) => messageId));
  expect(again[0]?.messageId).toBe(trackId(sandbox, logs[0]?.log_id));
  expect(again[0]?.userId).toBe('customer 7');
  expect(JSON.stringify(sandbox.segment.received)).not.toContain('ada@');
});

test('a change is noted in the record of the run that first acts on it, once, and a text that means the same is none', async () => {
  const { webtask } = await exportWith({});
  const changedIn = async (settings: Record<string, string>) => {
    Object.assign(webtask.secrets, settings);
    return (await webtask.cron()).body.status.changed;
  };
  expect(await changedIn({ EXCLUDE_FIELDS: 'email', EVENT_NAMES: 'Auth0', LOGIN_CONTEXT: 'false' })).toEqual([
    { name: 'EXCLUDE_FIELDS', from: '', to: 'email' },
  ]);
  expect(await changedIn({ EXCLUDE_FIELDS: ' email, ', LOGIN_CONTEXT: 'maybe' })).toBeUndefined();
  expect(await changedIn({ LOGIN_CONTEXT: 'Yes' })).toEqual([{ name: 'LOGIN_CONTEXT', from: '', to: 'Yes' }]);
  expect(await changedIn({ LOGIN_CONTEXT: 'true' })).toBeUndefined();
  expect(await changedIn({ LOGIN_CONTEXT: '', EXCLUDE_FIELDS: '' })).toEqual([
    { name: 'EXCLUDE_FIELDS', from: 'email,', to: '' },
    { name: 'LOGIN_CONTEXT', from: 'Yes', to: '' },
  ]);
  const changes = webtask.state().logs.flatMap((run) => run.changed ?? []);
  expect(changes).toHaveLength(4);
});
