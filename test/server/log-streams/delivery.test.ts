import { Agent, request as httpRequest } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { HostOptions } from '../../../server/runs/host';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import type { TenantOptions } from '../../../server/sandbox/tenant/tenant';
import { deliveryGaps } from '../../support/delivery-gaps';
import { openTestDashboard } from '../dashboard/open-test-dashboard';
import { openTestTenant } from '../runs/open-test-host';
import { callApi } from '../sandbox/call-api';
import { forStream, posted } from './open-trigger';

/** Never within a test: what is exported was triggered. */
const NEW_YEAR = '0 0 0 1 1 *';
/** Ends with the test's own limit. */
const SOON = { timeout: 120_000, interval: 50 };
const EVERY_3_S = '*/3 * * * * *';
const FILTERS = ['auth.login.success', 'auth.login.fail', 'auth.signup.success'].map((name) => ({
  type: 'category',
  name,
}));

/** A tenant that is exported, and whose log stream posts to the exporter over HTTP. */
async function openStreaming({
  conditions = {},
  schedule = NEW_YEAR,
  ...options
}: {
  conditions?: TenantOptions['streamConditions'];
  schedule?: string;
} & Partial<HostOptions> = {}) {
  const { sandbox, settings } = await openTestTenant({
    tenant: { logs: generateLogs({ count: 30, users: 10 }), streamConditions: conditions ?? {} },
  });
  const dashboard = await openTestDashboard({ triggerIntervalMs: 300, ...options });
  const { host, url } = dashboard;
  const tenant = await host.registry.add('acme', { settings, schedule }, { mayReference: true });
  await host.begin();
  const token = await host.triggerTokens.rotate(tenant.id);
  const { body: stream } = await callApi<{ id: string }>(sandbox, {
    method: 'POST',
    path: 'log-streams',
    body: {
      name: 'Trigger',
      type: 'http',
      sink: {
        httpEndpoint: `${url}/log-streams/acme`,
        httpContentType: 'application/json',
        httpContentFormat: 'JSONARRAY',
        httpAuthorization: `Bearer ${token}`,
      },
      filters: FILTERS,
    },
  });
  const write = async (bursts: number) => {
    for (let burst = 0; burst < bursts; burst += 1) {
      sandbox.tenant.addLogs(['s', 'slo', 'ss', 'f', 'sapi', 's', 'fp', 's'].map((type) => ({ type })));
      await sandbox.tenant.streams.settled();
    }
  };
  /** Resolves when Segment has a track for each log, and exactly one. */
  const delivered = async () => {
    await vi.waitFor(() => expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] }), {
      ...SOON,
    });
    expect(sandbox.segment.tracks()).toHaveLength(sandbox.segment.ids('track').size);
    expect(dashboard.ended.map(({ answer }) => answer.statusCode)).toEqual(dashboard.ended.map(() => 200));
    expect(dashboard.troubles).toEqual([]);
  };
  const setStatus = (status: string) =>
    callApi(sandbox, { method: 'PATCH', path: `log-streams/${stream.id}`, body: { status } });
  return { ...dashboard, sandbox, tenant, token, write, delivered, setStatus };
}

test.each([
  {
    what: 'repeats each post and turns their order round',
    conditions: { repeat: 3, reorder: true, batchSize: 2 },
  },
  { what: 'posts late', conditions: { delayMs: 400, batchSize: 3 } },
])(
  'each log is delivered exactly once where the stream $what, without the schedule',
  async ({ conditions }) => {
    const { write, delivered, ended } = await openStreaming({ conditions });
    await write(20);
    await delivered();
    expect(forStream(ended).length).toBeGreaterThan(0);
  },
);

test('each log is delivered exactly once where the stream loses half of its posts: the schedule finds the rest', async () => {
  const { write, delivered, ended } = await openStreaming({
    conditions: { dropEvery: 2, batchSize: 2 },
    schedule: EVERY_3_S,
  });
  await write(20);
  await delivered();
  expect(forStream(ended).length).toBeGreaterThan(0);
});

test('each log is delivered exactly once where the stream is paused, and started again', async () => {
  const { write, delivered, setStatus, sandbox, ended, host } = await openStreaming({ schedule: EVERY_3_S });
  await write(3);
  await delivered();
  expect((await setStatus('paused')).status).toBe(200);
  // A run that was asked for before may take the first of them.
  await vi.waitFor(
    async () => {
      await write(1);
      expect((await host.logStreams.find('acme'))?.state.silentSince).toEqual(expect.any(Number));
    },
    { ...SOON, interval: 500 },
  );
  await delivered();
  await setStatus('active');
  await sandbox.tenant.streams.settled();
  await write(3);
  await delivered();
  await vi.waitFor(
    async () => expect((await host.logStreams.find('acme'))?.state.silentSince).toBeNull(),
    SOON,
  );
  expect(new Set(ended.map(({ trigger }) => trigger))).toEqual(new Set(['start', 'schedule', 'stream']));
});

test('logs that the Management API shows only seconds after the stream are asked for again', async () => {
  const { write, delivered, ended, host } = await openStreaming({ conditions: { visibleAfterMs: 2_500 } });
  await write(1);
  await delivered();
  const runs = forStream(ended);
  // At once, and after 2 and 5 seconds.
  expect(runs).toHaveLength(3);
  expect((await host.logStreams.find('acme'))?.state).toMatchObject({ asked: 2, silentSince: null });
});

/** Posts over connections that stay open; resolves with the status. */
function openPoster({ port, token }: { port: number; token: string }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = (logId: string) =>
    new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        { port, host: '127.0.0.1', path: '/log-streams/acme', method: 'POST', headers, agent },
        (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode ?? 0));
        },
      );
      request.on('error', reject);
      request.end(JSON.stringify([posted(logId)]));
    });
  onTestFinished(() => agent.destroy());
  return post;
}

test('posts are answered while the export hangs', async () => {
  const opened = await openStreaming();
  const { sandbox, host } = opened;
  const post = openPoster(opened);
  sandbox.segment.faults.add({ times: 1, fault: { kind: 'hang' } });
  sandbox.tenant.addLog({ type: 's' });
  await vi.waitFor(() => expect(host.runner.running().size).toBe(1), SOON);
  const statuses: number[] = [];
  for (let count = 0; count < 31; count += 1) statuses.push(await post(String(count + 100)));
  expect(host.runner.running().size).toBe(1);
  expect(new Set(statuses)).toEqual(new Set([204]));
});

const STORM_POSTS = 1_000;
const POSTS_AT_ONCE = 100;

test('of a thousand triggers each is answered, and the tenant is queried at most once in two seconds', async () => {
  const opened = await openStreaming({ triggerIntervalMs: 5_000 });
  const { sandbox, ended, send, delivered, metrics } = opened;
  const post = openPoster(opened);
  const before = sandbox.tenant.requests.logs;
  const statuses: number[] = [];
  while (statuses.length < STORM_POSTS) {
    const posts = Promise.all(
      Array.from({ length: POSTS_AT_ONCE }, () => post(sandbox.tenant.addLog({ type: 's' }).log_id)),
    );
    expect((await send('GET', '/healthz')).status).toBe(200);
    statuses.push(...(await posts));
  }
  expect(new Set(statuses)).toEqual(new Set([204]));
  await delivered();
  const starts = forStream(ended).map(({ startedAt }) => Date.parse(startedAt));
  expect(starts.length).toBeGreaterThan(0);
  // Two seconds follow a run that did not come as far as the last trigger, five any other.
  for (const [place, at] of starts.slice(1).entries())
    expect(at - (starts[place] ?? at)).toBeGreaterThan(1_900);
  const text = await metrics.text();
  expect(text).toMatch(/logs_to_segment_triggers_total\{tenant="acme"\} \d{4}/);
  // A run reads pages of a hundred logs, a few of them ahead.
  expect(sandbox.tenant.requests.logs - before).toBeLessThan(STORM_POSTS / 100 + ended.length * 10);
});
