import { expect, test, vi } from 'vitest';
import type { Sandbox } from '../../../../server/sandbox/sandbox';
import { callApi } from '../call-api';
import { openSandbox } from '../open-sandbox';
import { openSink, type Sink } from '../open-sink';

const FILTERS = ['auth.login.success', 'auth.login.fail', 'auth.signup.success'].map((name) => ({
  type: 'category',
  name,
}));

async function openStream(
  sandbox: Sandbox,
  { url }: Pick<Sink, 'url'>,
  { format = 'JSONARRAY', ...fields }: { format?: string; filters?: unknown; startFrom?: string } = {},
): Promise<string> {
  const { status, body } = await callApi<{ id: string }>(sandbox, {
    method: 'POST',
    path: 'log-streams',
    body: {
      name: 'Trigger',
      type: 'http',
      sink: {
        httpEndpoint: url,
        httpContentType: 'application/json',
        httpContentFormat: format,
        httpAuthorization: 'Bearer of-the-stream',
      },
      filters: FILTERS,
      ...fields,
    },
  });
  expect(status).toBe(200);
  return body.id;
}

/** Types that were posted, in the order of the posts and within them. */
const idsOf = ({ posts }: Sink): string[] =>
  posts.flatMap(({ body }) => (JSON.parse(body) as { log_id: string }[]).map(({ log_id }) => log_id));

test('the logs of the chosen categories are posted as an array, with the authorization that was given', async () => {
  const [sandbox, sink] = [await openSandbox(), await openSink()];
  await openStream(sandbox, sink);
  const written = sandbox.tenant.addLogs(
    ['s', 'slo', 'f', 'fp', 'fu', 'ss', 'sapi'].map((type) => ({ type })),
  );
  await sandbox.tenant.streams.settled();
  const [post] = sink.posts;
  expect(post?.headers).toMatchObject({
    authorization: 'Bearer of-the-stream',
    'content-type': 'application/json',
  });
  const elements = JSON.parse(post?.body ?? '') as {
    log_id: string;
    data: { type: string; log_id: string };
  }[];
  expect(elements.map(({ data }) => data.type)).toEqual(['s', 'f', 'fp', 'fu', 'ss']);
  expect(elements[0]).toMatchObject({ log_id: written[0]?.log_id, data: { log_id: written[0]?.log_id } });
});

test.each([
  { format: 'JSONLINES', elementsOf: (body: string) => body.split('\n').map((line) => JSON.parse(line)) },
  { format: 'JSONOBJECT', elementsOf: (body: string) => JSON.parse(body).logs },
])('$format posts three logs at once', async ({ format, elementsOf }) => {
  const [sandbox, sink] = [await openSandbox(), await openSink()];
  await openStream(sandbox, sink, { format });
  const logs = sandbox.tenant.addLogs([{}, {}, {}]);
  await sandbox.tenant.streams.settled();
  expect(sink.posts.map(({ body }) => elementsOf(body))).toEqual([
    logs.map(({ log_id, type }) => ({ log_id, data: expect.objectContaining({ log_id, type }) })),
  ]);
});

test('a log without a category that was chosen is posted where there are no filters', async () => {
  const [sandbox, sink] = [await openSandbox(), await openSink()];
  await openStream(sandbox, sink, { filters: [] });
  sandbox.tenant.addLog({ type: 'sapi' });
  await sandbox.tenant.streams.settled();
  expect(sink.posts).toHaveLength(1);
});

test('the logs of tokens that are issued are posted like others', async () => {
  const [sandbox, sink] = [await openSandbox({ tenant: { tokenLogs: true } }), await openSink()];
  await openStream(sandbox, sink, { filters: [{ type: 'category', name: 'auth.token_exchange.success' }] });
  const { clientId, clientSecret, domain, url } = sandbox.tenant;
  await fetch(`${url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      audience: `https://${domain}/api/v2/`,
    }),
  });
  await sandbox.tenant.streams.settled();
  expect(sink.posts[0]?.body).toContain('"type":"seccft"');
});

test('startFrom posts the logs that are there from a date on', async () => {
  const [sandbox, sink] = [await openSandbox(), await openSink()];
  const dates = ['2026-01-01', '2026-01-02', '2026-01-03'].map((day) => `${day}T00:00:00.000Z`);
  const written = sandbox.tenant.addLogs(dates.map((date) => ({ date })));
  await openStream(sandbox, sink, { startFrom: '2026-01-02T00:00:00.000Z' });
  await sandbox.tenant.streams.settled();
  expect(idsOf(sink)).toEqual(written.slice(1).map(({ log_id }) => log_id));
});

test('a post that fails is tried three times, and again after the restart, until it is delivered', async () => {
  const sink = await openSink((post) => (post < 5 ? 500 : 204));
  const sandbox = await openSandbox({ tenant: { streamConditions: { retryMs: 1, restartMs: 20 } } });
  await openStream(sandbox, sink);
  const { log_id } = sandbox.tenant.addLog();
  const began = performance.now();
  await sandbox.tenant.streams.settled();
  expect(performance.now() - began).toBeGreaterThanOrEqual(19);
  expect(sandbox.tenant.streams.posts).toEqual(
    [500, 500, 500, 500, 204].map((status) => ({ logIds: [log_id], status })),
  );
});

test('a sink that answers nothing, or is not there, counts as a failure', async () => {
  const sink = await openSink((post) => (post === 1 ? 'hang' : 204));
  const sandbox = await openSandbox({ tenant: { streamConditions: { retryMs: 1, timeoutMs: 500 } } });
  await openStream(sandbox, sink);
  sandbox.tenant.addLog();
  await sandbox.tenant.streams.settled();
  expect(sandbox.tenant.streams.posts.map(({ status }) => status)).toEqual(['unreachable', 204]);
});

test('a stream that fails for seven days by the tenant’s clock is suspended, and continues when it is made active', async () => {
  let now = Date.parse('2026-03-01T00:00:00Z');
  const sink = await openSink(() => 500);
  const sandbox = await openSandbox({
    tenant: { now: () => now, streamConditions: { retryMs: 1, restartMs: 1 } },
  });
  const id = await openStream(sandbox, sink);
  const { log_id } = sandbox.tenant.addLog();
  await vi.waitUntil(() => sink.posts.length > 3);
  expect(sandbox.tenant.streams.list()[0]?.status).toBe('active');
  now += 7 * 86_400_000;
  await sandbox.tenant.streams.settled();
  expect((await callApi(sandbox, { path: `log-streams/${id}` })).body.status).toBe('suspended');
  sink.answer = () => 204;
  const later = sandbox.tenant.addLog();
  sink.posts.length = 0;
  await callApi(sandbox, { method: 'PATCH', path: `log-streams/${id}`, body: { status: 'active' } });
  await sandbox.tenant.streams.settled();
  expect(idsOf(sink)).toEqual([log_id, later.log_id]);
});

test('a stream that is paused or deleted posts nothing', async () => {
  const [sandbox, sink] = [await openSandbox(), await openSink()];
  const id = await openStream(sandbox, sink);
  await callApi(sandbox, { method: 'PATCH', path: `log-streams/${id}`, body: { status: 'paused' } });
  sandbox.tenant.addLog();
  await sandbox.tenant.streams.settled();
  expect((await callApi(sandbox, { method: 'DELETE', path: `log-streams/${id}` })).status).toBe(204);
  sandbox.tenant.addLog();
  await sandbox.tenant.streams.settled();
  expect(sink.posts).toEqual([]);
  expect((await callApi(sandbox, { path: 'log-streams' })).body).toEqual([]);
});

test('half of the posts are lost, each is repeated, and the newest comes first, where the test asks for it', async () => {
  const [sandbox, sink] = [await openSandbox(), await openSink()];
  Object.assign(sandbox.tenant.streams.conditions, { dropEvery: 2, repeat: 2, reorder: true, batchSize: 2 });
  await openStream(sandbox, sink);
  const ids = sandbox.tenant.addLogs([{}, {}, {}, {}, {}, {}]).map(({ log_id }) => log_id);
  await sandbox.tenant.streams.settled();
  const [one, two, , , five, six] = ids;
  expect(idsOf(sink)).toEqual([six, five, six, five, two, one, two, one]);
  expect(sandbox.tenant.streams.posts.filter(({ status }) => status === 'dropped')).toHaveLength(1);
});

test('a log is posted before the Management API knows it, where the test asks for it', async () => {
  let now = Date.parse('2026-03-01T00:00:00Z');
  const sink = await openSink();
  const sandbox = await openSandbox({
    tenant: { now: () => now, streamConditions: { visibleAfterMs: 3_000 } },
  });
  await openStream(sandbox, sink);
  const { log_id } = sandbox.tenant.addLog();
  await sandbox.tenant.streams.settled();
  expect(idsOf(sink)).toEqual([log_id]);
  const seen = async () => [
    (await callApi<{ log_id: string }[]>(sandbox, { path: 'logs' })).body.map((log) => log.log_id),
    (await callApi(sandbox, { path: `logs/${log_id}` })).status,
  ];
  expect(await seen()).toEqual([[], 404]);
  now += 3_000;
  expect(await seen()).toEqual([[log_id], 200]);
});

test('a post waits as long as the test asks for', async () => {
  const sandbox = await openSandbox({ tenant: { streamConditions: { delayMs: 30 } } });
  const sink = await openSink();
  await openStream(sandbox, sink);
  const began = performance.now();
  sandbox.tenant.addLog();
  await sandbox.tenant.streams.settled();
  expect(performance.now() - began).toBeGreaterThanOrEqual(29);
  expect(sink.posts).toHaveLength(1);
});

test('a log that is written while another is posted waits as long as that did', async () => {
  const sandbox = await openSandbox({ tenant: { streamConditions: { delayMs: 60 } } });
  let [written, arrived] = [0, 0];
  const sink = await openSink((post) => {
    if (post === 1) {
      sandbox.tenant.addLog();
      written = performance.now();
    } else arrived = performance.now();
    return 204;
  });
  await openStream(sandbox, sink);
  sandbox.tenant.addLog();
  await sandbox.tenant.streams.settled();
  expect(sink.posts).toHaveLength(2);
  // A log's moment is noted just after it was written.
  expect(arrived - written).toBeGreaterThanOrEqual(58);
});

test.each([
  ['an address without https', { sink: { httpEndpoint: 'http://exporter.example.com/' } }],
  [
    'a format that there is none of',
    { sink: { httpEndpoint: 'https://a.example/', httpContentFormat: 'XML' } },
  ],
  ['a category that there is none of', { filters: [{ type: 'category', name: 'auth.everything' }] }],
  ['a category of ancillary events', { filters: [{ type: 'category', name: 'auth.ancillary.success' }] }],
  ['the category actions', { filters: [{ type: 'category', name: 'actions' }] }],
  ['a field that there is none of', { colour: 'red' }],
])('%s is refused', async (_what, fields) => {
  const sandbox = await openSandbox();
  const body = { type: 'http', name: 'Trigger', sink: { httpEndpoint: 'https://a.example/' }, ...fields };
  expect(await callApi(sandbox, { method: 'POST', path: 'log-streams', body })).toMatchObject({
    status: 400,
    body: { errorCode: 'invalid_body' },
  });
});

test('a stream has filters, a priority and a pii_config only if they were given', async () => {
  const sandbox = await openSandbox();
  const plain = { type: 'http', name: 'Trigger', sink: { httpEndpoint: 'https://a.example/' } };
  const more = {
    filters: FILTERS,
    isPriority: true,
    pii_config: { log_fields: ['email'], method: 'mask', algorithm: 'xxhash' },
  };
  const create = async (body: object) =>
    (await callApi(sandbox, { method: 'POST', path: 'log-streams', body })).body;
  const first = await create(plain);
  for (const field of Object.keys(more)) expect(first).not.toHaveProperty(field);
  expect(await create({ ...plain, ...more })).toMatchObject(more);
});

test('a plan without log streams says so, and one with two allows no third', async () => {
  const body = { type: 'http', name: 'Trigger', sink: { httpEndpoint: 'https://a.example/' } };
  const call = { method: 'POST', path: 'log-streams', body };
  const free = await openSandbox({ tenant: { plan: 'free' } });
  expect((await callApi(free, call)).status).toBe(403);
  const other = await openSandbox();
  const statuses = [];
  for (let index = 0; index < 3; index += 1) statuses.push((await callApi(other, call)).status);
  expect(statuses).toEqual([200, 200, 409]);
});
