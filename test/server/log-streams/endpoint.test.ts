import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { addTenant } from '../dashboard/open-test-dashboard';
import { openTrigger, posted } from './open-trigger';

test.each([
  { format: 'an array', body: JSON.stringify([posted('101'), posted('103'), posted('102')]) },
  {
    format: 'lines',
    body: `${[posted('103'), posted('101')].map((one) => JSON.stringify(one)).join('\n')}\n`,
  },
  { format: 'one object', body: JSON.stringify(posted('103')) },
  { format: 'one object on several lines', body: JSON.stringify(posted('103'), null, 2) },
  {
    format: 'an object with logs (JSON Object)',
    body: JSON.stringify({ logs: [posted('101'), posted('103'), posted('102')] }),
  },
  {
    format: 'lines of objects with logs',
    body: [[posted('101')], [posted('103')]].map((logs) => JSON.stringify({ logs })).join('\n'),
  },
  { format: 'an array after a byte order mark', body: `\uFEFF${JSON.stringify([posted('103')])}` },
  {
    format: 'an object with logs after a byte order mark',
    body: `\uFEFF${JSON.stringify({ logs: [posted('103')] })}`,
  },
  {
    format: 'lines after a byte order mark',
    body: `\uFEFF${JSON.stringify(posted('103'))}\r\n${JSON.stringify(posted('101'))}\r\n`,
  },
])('a post of $format is taken: its highest log is noted, and a run is due at once', async ({ body }) => {
  const { post, stateOf, host } = await openTrigger();
  // A new tenant is due at once anyway.
  await host.registry.change('acme', { isActive: false }, { mayReference: false });
  await host.registry.change('acme', { isActive: true }, { mayReference: false });
  const answer = await post({ body });
  expect([answer.status, answer.text]).toEqual([204, '']);
  expect(await stateOf()).toMatchObject({ notedId: '103', triggers: 1 });
  const [tenant] = await host.registry.list();
  expect(tenant?.dueAt).toBeLessThanOrEqual(Date.now());
});

test('a post may be compressed, and its token stand without the word Bearer', async () => {
  const { post, stateOf, token } = await openTrigger();
  const body = gzipSync(JSON.stringify([posted('104')]));
  expect((await post({ body, headers: { 'content-encoding': 'gzip' }, token })).status).toBe(204);
  expect((await stateOf())?.notedId).toBe('104');
});

test.each(['Bearer Bearer ', 'bearer ', 'Bearer  ', ''])(
  'a post is accepted with the prefix "%s" before its token',
  async (prefix) => {
    const { post, token } = await openTrigger();
    expect((await post({ token: `${prefix}${token}` })).status).toBe(204);
    expect((await post({ token: `${prefix}${token}x` })).status).toBe(401);
    expect((await post({ token: prefix })).status).toBe(401);
  },
);

test('a post to an address with a trailing slash is accepted', async () => {
  const { post } = await openTrigger();
  expect((await post({ path: '/log-streams/acme/' })).status).toBe(204);
});

test('only logs of the types that the tenant exports are noted', async () => {
  const { post, stateOf, host, acme } = await openTrigger();
  const body = JSON.stringify([posted('105', 's'), posted('106', 'fp'), posted('107', 'slo')]);
  await post({ body });
  expect((await stateOf())?.notedId).toBe('105');
  await host.registry.change(acme.name, { settings: { FAILED_LOGINS: 'All' } }, { mayReference: false });
  await post({ body });
  expect((await stateOf())?.notedId).toBe('106');
  expect((await post({ body: '[]' })).status).toBe(204);
});

test('no wrong token is told from another, nor from a tenant that is not there', async () => {
  const dashboard = await openTrigger();
  const { post, host, stateOf, log } = dashboard;
  const umbra = await addTenant(dashboard, 'umbra');
  const other = `Bearer ${await host.triggerTokens.rotate(umbra.id)}`;
  await addTenant(dashboard, 'without-stream');
  const answers = await Promise.all([
    post({ token: undefined }),
    post({ token: 'Bearer wrong' }),
    post({ token: other }),
    post({ name: 'nobody' }),
    post({ name: 'without-stream' }),
    post({ name: 'NO-NAME%00' }),
    post({ token: 'Bearer wrong', headers: { 'content-type': 'text/html' } }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401));
  expect(new Set(answers.map(({ text, headers }) => `${text} ${headers['www-authenticate']}`)).size).toBe(1);
  expect(answers[0]?.message).toContain('tenants token NAME');
  expect((await stateOf())?.triggers).toBe(0);
  expect(log).toContain('refused a log stream: wrong_token');
  expect(JSON.stringify([log, answers])).not.toContain(other.slice(7));
});

test('a token that was replaced is refused from that moment on', async () => {
  const { post, host, acme } = await openTrigger();
  expect((await post()).status).toBe(204);
  await host.triggerTokens.rotate(acme.id);
  expect((await post()).status).toBe(401);
});

test.each([
  { path: '/log-streams/', status: 404, says: '/log-streams/NAME' },
  { path: '/log-streams/acme/more', status: 404, says: 'nothing at this address' },
  { method: 'GET', status: 405, says: 'POST' },
  { method: 'DELETE', status: 405, says: 'POST' },
  { headers: { 'content-type': 'text/html' }, status: 415, says: 'application/json' },
  { headers: { 'content-type': '' }, status: 415, says: 'no content type' },
  { headers: { 'content-encoding': 'br' }, status: 415, says: 'gzip' },
  { headers: { 'content-encoding': 'gzip' }, status: 400, says: 'cannot be inflated' },
  { body: '', status: 400, says: 'empty' },
  { body: '{"log_id": ', status: 400, says: 'JSON Array, JSON Lines or JSON Object' },
  { body: `${JSON.stringify(posted('1'))}\n{"log`, status: 400, says: 'Line 2' },
  { body: JSON.stringify([posted('1'), { data: {} }]), status: 400, says: 'Element 2 is no log' },
  { path: '/log-streams/acme//', status: 404, says: 'nothing at this address' },
  { body: '\uFEFF', status: 400, says: 'empty' },
  { body: JSON.stringify({ logs: [posted('1'), 7] }), status: 400, says: 'The body: element 2 is no log' },
  { body: JSON.stringify({ logs: 7 }), status: 400, says: 'The body is no log' },
  { body: `{"logs":${'['.repeat(64)}${']'.repeat(64)}}`, status: 400, says: 'nested' },
  { body: '7', status: 400, says: 'The body is no log' },
  { body: JSON.stringify([posted("1' OR 1=1")]), status: 400, says: 'Element 1 is no log' },
  { body: JSON.stringify([posted('1'.repeat(201))]), status: 400, says: 'Element 1 is no log' },
])('$method $path $headers $body is answered $status, with the reason', async ({ status, says, ...what }) => {
  const { post, stateOf } = await openTrigger();
  const answer = await post(what);
  expect([answer.status, answer.message]).toEqual([status, expect.stringContaining(says)]);
  if (status === 405) expect(answer.headers.allow).toBe('POST');
  expect((await stateOf())?.notedId).toBeNull();
});

test('neither password nor session is needed, and posts come from no page', async () => {
  const { post } = await openTrigger({ password: 'four random words here' });
  const answer = await post({ headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } });
  expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([204, undefined]);
});

test('triggers and those that asked for no run of their own are counted', async () => {
  const { post, metrics } = await openTrigger();
  for (const id of ['100', '101', '101', '102']) await post({ body: JSON.stringify([posted(id)]) });
  const text = await metrics.text();
  expect(text).toContain('logs_to_segment_triggers_total{tenant="acme"} 4');
  expect(text).toContain('logs_to_segment_triggers_coalesced_total{tenant="acme"} 2');
  expect(text).toContain('logs_to_segment_trigger_silence_seconds{tenant="acme"} 0');
  expect(text).toContain('logs_to_segment_log_stream_paused{tenant="acme"} 0');
});
