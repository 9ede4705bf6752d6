import { setTimeout as wait } from 'node:timers/promises';
import { type SegmentSandbox, startSegment } from '../../../server/sandbox/segment';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import type { Plan } from '../../../server/sandbox/tenant/rate-limits';
import { startTenant, type TenantSandbox } from '../../../server/sandbox/tenant/tenant';
import { messageIdOf, sourceOf } from '../../../src/segment/calls';
import { declarationsOf } from '../../support/start-tenants';
import { serveOrders } from '../serve-orders';

/** What the tenant is started with. */
export interface LatencySetup {
  plan: Plan;
  latencyMs: number;
}

/** What came of the logs that were written. */
export interface Delivered {
  /** Milliseconds from each log's writing to Segment's answer to its track, in order. */
  waits: number[];
  /** Logs whose track has not come. */
  missing: number;
  /** Requests for logs, and answers 429, meanwhile. */
  logRequests: number;
  refused: number;
}

const NAME = 'acme';
const USERS = 500;
/** Their users are those who log in later. */
const FIRST_LOGS = 200;
/** How exact the measurement is. */
const LOOK_EVERY_MS = 3;
/** What is not delivered after this is missing. */
const GIVE_UP_MS = 60_000;

let tenant: TenantSandbox;
let segment: SegmentSandbox;
let latencyMs = 0;

/** Writes logs at a steady rate, and waits until all are delivered. */
async function measure(count: number, everyMs: number): Promise<Delivered> {
  const source = sourceOf(segment.writeKey);
  const waiting = new Map<string, number>();
  const waits: number[] = [];
  const before = { logs: tenant.requests.logs, refused: tenant.requests.statuses[429] ?? 0 };
  const startedAt = performance.now();
  let accepted = segment.accepted;
  let written = 0;
  for (let lastAt = startedAt; written < count || waiting.size > 0; ) {
    const now = performance.now();
    while (written < count && startedAt + written * everyMs <= now) {
      const { user_id } = tenant.logAt(written % FIRST_LOGS);
      const { log_id } = tenant.addLog({ type: 's', ...(user_id ? { user_id } : {}) });
      waiting.set(messageIdOf(log_id, 'track', source), now);
      written += 1;
      lastAt = now;
    }
    if (segment.accepted !== accepted) {
      accepted = segment.accepted;
      const arrived = segment.ids('track');
      for (const [id, at] of waiting) {
        if (!arrived.has(id)) continue;
        // It arrived now, and is answered so much later.
        waits.push(now - at + latencyMs);
        waiting.delete(id);
      }
    }
    if (now - lastAt > GIVE_UP_MS) break;
    await wait(LOOK_EVERY_MS);
  }
  return {
    waits: waits.sort((one, other) => one - other),
    missing: waiting.size,
    logRequests: tenant.requests.logs - before.logs,
    refused: (tenant.requests.statuses[429] ?? 0) - before.refused,
  };
}

const orders = {
  /** Starts them, and answers how the tenant is declared. */
  start: async (setup: LatencySetup) => {
    latencyMs = setup.latencyMs;
    const server = { latencyMs, compress: true };
    segment = await startSegment({ keep: 'ids' }, server);
    tenant = await startTenant(
      {
        plan: setup.plan,
        logs: generateLogs({
          count: FIRST_LOGS,
          users: USERS,
          seed: 1,
          start: Date.now() - FIRST_LOGS * 1_000,
        }),
      },
      server,
    );
    return declarationsOf({
      tenants: [{ name: NAME, sandbox: tenant, writeKey: segment.writeKey }],
      segment,
    });
  },
  /** Resolves when so many requests for logs have been made: the exporter has run. */
  asked: async (requests: number) => {
    while (tenant.requests.logs < requests) await wait(LOOK_EVERY_MS);
  },
  /** Has a log stream post to the exporter. */
  stream: async ({ url, token }: { url: string; token: string }) => {
    const response = await fetch(`${tenant.url}/api/v2/log-streams`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.issueToken()}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        name: 'Trigger',
        type: 'http',
        sink: {
          httpEndpoint: `${url}/log-streams/${NAME}`,
          httpContentType: 'application/json',
          httpContentFormat: 'JSONARRAY',
          httpAuthorization: `Bearer ${token}`,
        },
      }),
    });
    if (!response.ok) throw new Error(`The log stream was refused: ${await response.text()}`);
  },
  /** Writes a log and waits until it is delivered, so many times, with a pause between. */
  single: async ({ times, pauseMs }: { times: number; pauseMs: number }): Promise<Delivered> => {
    const all: Delivered = { waits: [], missing: 0, logRequests: 0, refused: 0 };
    for (let time = 0; time < times; time += 1) {
      const one = await measure(1, 0);
      all.waits.push(...one.waits);
      all.missing += one.missing;
      all.logRequests += one.logRequests;
      all.refused += one.refused;
      await wait(pauseMs);
    }
    all.waits.sort((one, other) => one - other);
    return all;
  },
  /** Writes logs at a rate. */
  steady: ({ perSecond, seconds }: { perSecond: number; seconds: number }) =>
    measure(perSecond * seconds, 1_000 / perSecond),
};

export type LatencyOrders = typeof orders;

serveOrders(orders);
