import { describe, expect, test } from 'vitest';
import type { Fault, Faults } from '../../server/sandbox/http/faults';
import type { Sandbox } from '../../server/sandbox/sandbox';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { deliveryGaps } from '../support/delivery-gaps';
import { openExport } from '../support/open-export';
import { openVirtualExport } from '../support/open-virtual-export';
import type { RunningWebtask } from '../support/start-webtask';

const count = 160;
// Few users: all of these runs share one process, and without searches each user costs a request.
const logs = generateLogs({ count, users: 12, deletedUserShare: 0.05 });
/** As long as a run may last here: enough for a retry, and for a request that hangs to be given up. */
const SECONDS = '6';
const MORE_RUNS = 3;
const options = { sandbox: { tenant: { logs } }, secrets: { MAX_RUN_SECONDS: SECONDS, BATCH_SIZE: '50' } };

const faults: Record<string, Fault | 'closed'> = {
  'connection refused': 'closed',
  'connection reset': { kind: 'refuse' },
  'connection cut mid-answer': { kind: 'cut' },
  'connection cut after the request was acted upon': { kind: 'afterwards-cut' },
  'no answer at all': { kind: 'hang' },
  'answer after 15 s': { kind: 'delay', ms: 15_000 },
  '400': { kind: 'status', status: 400, body: '{"statusCode":400,"message":"Bad Request"}' },
  '401': { kind: 'status', status: 401, body: '{"statusCode":401,"message":"Unauthorized"}' },
  '403': { kind: 'status', status: 403, body: '{"statusCode":403,"message":"Forbidden"}' },
  '404': { kind: 'status', status: 404, body: '{"statusCode":404,"message":"Not Found"}' },
  '408': { kind: 'status', status: 408 },
  '413': { kind: 'status', status: 413 },
  '429 with headers': {
    kind: 'status',
    status: 429,
    headers: {
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': 'in a minute',
      'retry-after': '60',
    },
  },
  '429 without headers': { kind: 'status', status: 429 },
  '500': { kind: 'status', status: 500, body: '{"message":"Internal Server Error"}' },
  '502 with an HTML body': {
    kind: 'status',
    status: 502,
    body: '<html><h1>502 Bad Gateway</h1></html>',
    contentType: 'text/html',
  },
  '503 with Retry-After': { kind: 'status', status: 503, headers: { 'retry-after': '1' } },
  '200 with invalid JSON': { kind: 'body', body: '{"logs": [' },
  '200 with the wrong shape': { kind: 'body', body: '{"unexpected": true}' },
  '200 with an empty body': { kind: 'body', body: '' },
};

interface Target {
  endpoint: string;
  server: (sandbox: Sandbox) => { faults: Faults; pause(): Promise<void>; resume(): Promise<void> };
  /** What a failed run says; a fault that is missing here does not fail the run. */
  words: Record<string, RegExp>;
}

const unreachable = /could not be reached at 127\.0\.0\.1:\d+/;
const tenantWords = {
  'connection refused': unreachable,
  'connection reset': unreachable,
  'connection cut mid-answer': unreachable,
  'connection cut after the request was acted upon': unreachable,
  'no answer at all': /could not be reached.*there was no answer in time/,
  'answer after 15 s': /could not be reached.*there was no answer in time/,
  '408': /returned 408.*if this persists, see Auth0's status page/,
  '413': /returned 413.*check AUTH0_DOMAIN/,
  '500': /returned 500.*if this persists, see Auth0's status page/,
  '502 with an HTML body': /returned 502.*if this persists, see Auth0's status page/,
  '503 with Retry-After': /returned 503.*if this persists, see Auth0's status page/,
  '200 with invalid JSON': /not JSON.*check AUTH0_DOMAIN/,
  '200 with an empty body': /not JSON.*check AUTH0_DOMAIN/,
};
const tenantServer = (sandbox: Sandbox) => ({
  faults: sandbox.tenant.faults,
  pause: () => sandbox.tenant.server.pause(),
  resume: () => sandbox.tenant.server.resume(),
});

const targets: Record<string, Target> = {
  'the Auth0 token': {
    endpoint: 'token',
    server: tenantServer,
    words: {
      ...tenantWords,
      '400': /returned 400 when requesting an access token.*Copy AUTH0_CLIENT_ID/,
      '401': /returned 401 when requesting an access token.*Copy AUTH0_CLIENT_ID/,
      '403': /returned 403 when requesting an access token.*Copy AUTH0_CLIENT_ID/,
      '404': /returned 404.*check AUTH0_DOMAIN/,
      '200 with the wrong shape': /an access token without one.*check AUTH0_DOMAIN/,
    },
  },
  'Auth0 logs': {
    endpoint: 'logs',
    server: tenantServer,
    words: {
      ...tenantWords,
      '400': /returned 400 when reading logs.*asks again/,
      '401': /returned 401 when reading logs.*new one/,
      '403': /returned 403 when reading logs.*lacks the scope read:logs\. Grant it/,
      '404': /returned 404 when reading logs.*asks again/,
      '200 with the wrong shape': /not a list of logs/,
    },
  },
  'the user search': {
    endpoint: 'user-search',
    server: tenantServer,
    // Every other failure of a search leaves its users to be looked up by id.
    words: {
      'connection refused': unreachable,
      '401': /returned 401 when looking up users/,
      '403': /returned 403 when looking up users.*lacks the scope read:users\. Grant it/,
    },
  },
  'a single user': {
    endpoint: 'user',
    server: tenantServer,
    words: {
      ...tenantWords,
      '401': /returned 401 when looking up users/,
      '403': /returned 403 when looking up users.*lacks the scope read:users\. Grant it/,
      '200 with the wrong shape': /something that is not a user/,
    },
  },
  Segment: {
    endpoint: 'batch',
    server: (sandbox) => ({
      faults: sandbox.segment.faults,
      pause: () => sandbox.segment.server.pause(),
      resume: () => sandbox.segment.server.resume(),
    }),
    words: {
      'connection refused': /Segment could not be reached.*check that this machine can connect/,
      'connection reset': /Segment could not be reached/,
      'connection cut mid-answer': /Segment could not be reached/,
      'connection cut after the request was acted upon': /Segment could not be reached/,
      'no answer at all': /Segment could not be reached.*there was no answer in time/,
      'answer after 15 s': /Segment could not be reached.*there was no answer in time/,
      '400': /Segment returned 400.*Check SEGMENT_KEY/,
      '401': /Segment returned 401.*Check SEGMENT_KEY/,
      '403': /Segment returned 403.*Check SEGMENT_KEY/,
      '404': /Segment returned 404.*Find the proxy or firewall/,
      '408': /Segment returned 408 .*it is unavailable.*status page/,
      '413': /Segment returned 413.*Find the proxy or firewall/,
      '429 with headers': /Segment returned 429.*receiving too much/,
      '429 without headers': /Segment returned 429.*receiving too much/,
      '500': /Segment returned 500 .*it is unavailable.*status page/,
      '502 with an HTML body': /Segment returned 502 .*it is unavailable.*status page/,
      '503 with Retry-After': /Segment returned 503 .*it is unavailable.*status page/,
      '200 with invalid JSON': /returned 200 without Segment's confirmation/,
      '200 with the wrong shape': /returned 200 without Segment's confirmation/,
      '200 with an empty body': /returned 200 without Segment's confirmation/,
    },
  },
};

/** Returns the fault with the moment that it names counted from now. */
function faultAt(fault: Fault, now: number): Fault {
  if (fault.kind !== 'status' || !fault.headers?.['x-ratelimit-reset']) return fault;
  const reset = String(Math.ceil(now / 1000) + 60);
  return { ...fault, headers: { ...fault.headers, 'x-ratelimit-reset': reset } };
}

async function runUntilDone(webtask: Pick<RunningWebtask, 'cron' | 'state'>) {
  for (let runs = 0; runs < MORE_RUNS && webtask.state().checkpointId !== logs.idAt(count - 1); runs += 1) {
    await webtask.cron();
  }
}

describe.each(Object.entries(targets))('%s', (_, { endpoint, server, words }) => {
  test.each(Object.entries(faults))(
    'answering with %s for a whole run loses and doubles nothing, and the run reports it',
    async (name, fault) => {
      const { sandbox, webtask, clock } = await openVirtualExport(options);
      const peer = server(sandbox);
      if (fault === 'closed') await peer.pause();
      else {
        peer.faults.add({ endpoint, times: Number.POSITIVE_INFINITY, fault: faultAt(fault, clock.now()) });
      }

      const begun = clock.monotonic();
      const { statusCode, body } = await webtask.cron();
      expect(clock.monotonic() - begun).toBeLessThan(Number(SECONDS) * 1000 + 1_000);

      const expected = words[name];
      const record = webtask.state().logs.at(-1);
      expect(record?.error?.message).toBe(body.status.error?.message);
      expect(record?.warning).toBe(body.status.warning);
      if (expected) {
        expect(body.status.error?.message).toMatch(expected);
        expect(statusCode).toBe(500);
        expect(sandbox.slack.messages).toHaveLength(1);
        expect(JSON.stringify(sandbox.slack.messages[0])).toMatch(expected);
      } else {
        expect(body.status.error).toBeUndefined();
        expect(statusCode).toBe(200);
        if (name.startsWith('429') && endpoint !== 'user-search')
          expect(body.status).toMatchObject({ moreToCome: true, warning: /More logs are waiting/ });
      }

      if (fault === 'closed') await peer.resume();
      else peer.faults.clear();
      await runUntilDone(webtask);
      expect(webtask.state().checkpointId).toBe(logs.idAt(count - 1));
      expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
      expect(webtask.state().logs.at(-1)?.error).toBeUndefined();
    },
  );

  test.each(Object.entries(faults).filter(([, fault]) => fault !== 'closed'))(
    'answering once with %s in the middle of a run loses and doubles nothing',
    async (_name, fault) => {
      const { sandbox, webtask, clock } = await openVirtualExport(options);
      if (fault !== 'closed')
        server(sandbox).faults.add({ endpoint, at: 2, fault: faultAt(fault, clock.now()) });
      await webtask.cron();
      await runUntilDone(webtask);
      expect(webtask.state().checkpointId).toBe(logs.idAt(count - 1));
      expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
      expect(webtask.state().logs.flatMap((record) => record.rejected)).toEqual([]);
    },
  );
});

test.each(
  [
    'connection reset',
    'connection cut mid-answer',
    'connection cut after the request was acted upon',
    '500',
    '200 with invalid JSON',
  ].map((name) => [name, faults[name]] as const),
)("in Auth0's webtask runtime, %s once from each peer loses and doubles nothing", async (_, fault) => {
  if (!fault || fault === 'closed') throw new Error('no fault of an answer');
  const { sandbox, webtask } = await openExport(options);
  for (const { endpoint, server } of Object.values(targets)) {
    server(sandbox).faults.add({ endpoint, fault });
  }
  await webtask.cron();
  await runUntilDone(webtask);
  expect(webtask.state().checkpointId).toBe(logs.idAt(count - 1));
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});
