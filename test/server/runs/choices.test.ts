import { expect, test } from 'vitest';
import { openTestHost, openTestTenant } from './open-test-host';

const context = {
  organization_id: 'org_1',
  organization_name: 'acme',
  client_id: 'shopId',
  client_name: 'Shop',
};

/** Exports two logins and a wrong password of a tenant with these settings, as the schedule would. */
async function exportWith(chosen: Record<string, string>) {
  const { sandbox, settings } = await openTestTenant({});
  const { SLACK_SEND_SUCCESS: _, ...addable } = settings;
  sandbox.tenant.setUser({
    user_id: 'auth0|1',
    email: 'ada@customer.example',
    app_metadata: { customer_id: 'customer 7' },
  });
  sandbox.tenant.addLogs([
    { type: 's', user_id: 'auth0|1', ...context, connection: 'google-oauth2' },
    { type: 'fp', user_id: 'auth0|1', ...context, connection: 'Passwords' },
    {
      type: 's',
      user_id: 'auth0|1',
      ...context,
      client_id: 'blogId',
      client_name: 'Blog',
      connection: 'Passwords',
    },
  ]);
  const { host } = await openTestHost();
  const tenant = await host.registry.add(
    'acme',
    { settings: { ...addable, ...chosen } },
    { mayReference: true },
  );
  const finished = await host.runner.run(tenant, 'schedule', host.now());
  expect(finished?.answer.statusCode).toBe(200);
  const { received } = sandbox.segment;
  const of = (type: string) => received.filter((call) => call.type === type);
  return { host, tenant, sandbox, tracks: of('track'), identifies: of('identify'), groups: of('group') };
}

type Exported = Awaited<ReturnType<typeof exportWith>>;
const events = ({ tracks }: Exported) => tracks.map(({ event }) => event);

test.each<[string, string, (exported: Exported) => unknown, unknown]>([
  ['SEND_IDENTIFY', 'No', ({ identifies, tracks }) => [identifies.length, tracks.length], [0, 2]],
  [
    'EXCLUDE_FIELDS',
    'email, app_metadata',
    ({ sandbox }) => /ada@|customer 7/.test(JSON.stringify(sandbox.segment.received)),
    false,
  ],
  ['EVENT_NAMES', 'Segment', events, ['Signed In', 'Signed In']],
  ['FAILED_LOGINS', 'All', events, ['Success Login', 'Failed Login', 'Success Login']],
  ['USER_ID_FIELD', 'app_metadata.customer_id', ({ tracks }) => tracks[0]?.userId, 'customer 7'],
  ['ORGANIZATIONS', 'Yes', ({ groups }) => groups.map(({ groupId }) => groupId), ['org_1']],
  [
    'LOGIN_CONTEXT',
    'Yes',
    ({ tracks }) => tracks.map(({ properties }) => properties?.auth0_connection),
    ['google-oauth2', 'Passwords'],
  ],
  ['CLIENTS', 'Shop', events, ['Success Login']],
  ['CONNECTIONS', 'google-oauth2', events, ['Success Login']],
])('a tenant with %s=%s', async (name, value, seen, expected) => {
  const exported = await exportWith({ [name]: value });
  expect(seen(exported)).toEqual(expected);
  const { host, tenant } = exported;
  const [run] = (await host.storeOf(tenant).history.list({ offset: 0, limit: 1 })).runs;
  expect(run?.changed).toEqual([expect.objectContaining({ name, from: '' })]);
});

test('a change holds from the next run on, and is noted in the history: which, from, to, when', async () => {
  const { host, sandbox, tenant } = await exportWith({});
  sandbox.segment.reset();
  const changed = await host.registry.change(
    tenant.name,
    { settings: { EVENT_NAMES: 'Segment' } },
    { mayReference: false },
  );
  sandbox.tenant.addLogs([{ type: 's', user_id: 'auth0|1' }]);
  await host.runner.run(changed, 'schedule', host.now());
  expect(sandbox.segment.received.filter(({ type }) => type === 'track')).toMatchObject([
    { event: 'Signed In' },
  ]);
  expect(await host.registry.changes(changed, 1)).toEqual([
    { at: expect.stringMatching(/^\d{4}-/), name: 'EVENT_NAMES', from: 'Auth0', to: 'Segment' },
  ]);
});
