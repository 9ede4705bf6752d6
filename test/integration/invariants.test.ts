import fc from 'fast-check';
import { LRUCache } from 'lru-cache';
import { expect, test } from 'vitest';
import type { Fault } from '../../server/sandbox/http/faults';
import { type Sandbox, startSandbox } from '../../server/sandbox/sandbox';
import { createAccessToken } from '../../src/auth0/access-token';
import { createExporter } from '../../src/job/exporter';
import type { UserCache } from '../../src/job/tenant-cache';
import { createRedactor } from '../../src/redactor';
import { parseSettings } from '../../src/settings';
import { CLOCKS_DIFFER_MS, openDocumentRunStore } from '../../src/storage/document-store';
import { LEASE_MS } from '../../src/storage/lease';
import { createWebtaskStore } from '../../src/storage/webtask-storage';
import { exportedLogs } from '../support/exported-logs';
import { createFastClock } from '../support/fast-clock';
import { platformStorage } from '../support/platform-storage';
import type { StoredDocument } from '../support/stored-document';
import { trackId } from '../support/track-id';

const TYPES = ['s', 'ss', 'f', 'slo', 'fp', 'sapi'];
const ENDPOINTS = ['token', 'logs', 'log', 'user-search', 'user', 'batch'] as const;
const BUDGET_MS = 22_000;
const SPEED = 20;

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc
    .constantFrom(400, 401, 403, 404, 408, 413, 429, 500, 502, 503)
    .map((status) => ({ kind: 'status' as const, status, body: '{"message":"a fault"}' })),
  fc
    .constantFrom('', '{"unexpected":true}', '[{}]', 'not json')
    .map((body) => ({ kind: 'body' as const, body })),
  fc.constantFrom({ kind: 'refuse' as const }, { kind: 'cut' as const }, { kind: 'afterwards-cut' as const }),
);

const scenario = fc.record({
  logs: fc.array(
    fc.record({
      type: fc.constantFrom(...TYPES),
      user: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
    }),
    { maxLength: 150 },
  ),
  /** Users that exist; logs of the others name somebody who is gone. */
  users: fc.subarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
  /** Positions among the logs whose tracks Segment refuses for good. */
  refused: fc.uniqueArray(fc.integer({ min: 0, max: 149 }), { maxLength: 3 }),
  batchSize: fc.integer({ min: 1, max: 100 }),
  pageSize: fc.integer({ min: 1, max: 100 }),
  faults: fc.array(
    fc.record({
      endpoint: fc.constantFrom(...ENDPOINTS),
      at: fc.integer({ min: 1, max: 12 }),
      times: fc.integer({ min: 1, max: 4 }),
      fault,
    }),
    { maxLength: 4 },
  ),
  /** For each of the first runs, after how many requests its process is killed. */
  kills: fc.array(fc.option(fc.integer({ min: 1, max: 25 }), { nil: undefined }), { maxLength: 3 }),
});

/** Logs that the checkpoint has passed although they are neither delivered nor recorded as rejected. */
function passedUnseen(sandbox: Sandbox, document: unknown): string[] {
  const state = (document ?? {}) as Partial<StoredDocument>;
  const { checkpointId } = state;
  if (!checkpointId) return [];
  const recorded = new Set(
    [...(state.logs ?? []), ...(state.lease ? [state.lease.progress] : [])].flatMap(({ rejected }) =>
      rejected.map(({ logId }) => logId),
    ),
  );
  return exportedLogs(sandbox)
    .map((log) => log.log_id)
    .filter(
      (id) =>
        id <= checkpointId && !recorded.has(id) && !sandbox.segment.ids('track').has(trackId(sandbox, id)),
    );
}

test('whatever logs, users, sizes, faults and kills: one track for each log, and a checkpoint that passes none', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ logs, users, refused, batchSize, pageSize, faults, kills }) => {
      const sandbox = await startSandbox();
      try {
        for (const user of users)
          sandbox.tenant.setUser({ user_id: `auth0|${user}`, email: `${user}@customer.example` });
        sandbox.tenant.addLogs(
          logs.map(({ type, user }) => ({
            type,
            ...(user === undefined ? { user_id: '' } : { user_id: `auth0|${user}` }),
          })),
        );
        const poison = new Set(
          [...sandbox.tenant.selectedLogs()]
            .filter((log, position) => log.user_id && refused.includes(position))
            .map((log) => trackId(sandbox, log.log_id)),
        );
        sandbox.segment.refuse((call) => poison.has(String(call.messageId)));
        for (const plan of faults)
          (plan.endpoint === 'batch' ? sandbox.segment : sandbox.tenant).faults.add(plan);

        const clock = createFastClock(SPEED);
        const userCache: UserCache = new LRUCache({ max: 100 });
        const storage = platformStorage();
        const unseen: string[] = [];
        const run = async (killAfter: number | undefined) => {
          let requests = 0;
          const isKilled = () => killAfter !== undefined && requests > killAfter;
          const handle = storage.handle();
          const secrets: Record<string, string> = { ...sandbox.secrets(), BATCH_SIZE: String(batchSize) };
          const exporter = createExporter(
            parseSettings((name) => secrets[name]),
            {
              clock,
              fetch: async (input, init) => {
                requests += 1;
                if (isKilled()) throw new Error('killed');
                const url = new URL(String(input));
                if (url.searchParams.has('take')) url.searchParams.set('take', String(pageSize));
                return fetch(url, init);
              },
              random: Math.random,
              redactor: createRedactor([]),
              tenantCache: { accessToken: createAccessToken(), usersFor: () => userCache },
            },
          );
          await exporter.run({
            store: openDocumentRunStore(
              createWebtaskStore({
                get: handle.get,
                set: (data, options, done) => {
                  // What a killed process would have written never arrives.
                  if (isKilled()) return done(new Error('killed'));
                  handle.set(data, options, (error) => {
                    unseen.push(...passedUnseen(sandbox, storage.document()));
                    done(error);
                  });
                },
              }),
              clock,
            ),
            log: { info: () => {}, error: () => {} },
            budgetMs: BUDGET_MS,
          });
          // The lease of a killed run expires.
          clock.advance(LEASE_MS + CLOCKS_DIFFER_MS);
        };

        for (const killAfter of kills) await run(killAfter);
        sandbox.tenant.faults.clear();
        sandbox.segment.faults.clear();
        await run(undefined);
        await run(undefined);

        expect(unseen).toEqual([]);
        const expected = exportedLogs(sandbox).map((log) => trackId(sandbox, log.log_id));
        expect([...sandbox.segment.ids('track').keys()].sort()).toEqual(
          expected.filter((id) => !poison.has(id)),
        );
        const state = storage.document() as StoredDocument;
        expect(state.lease).toBeNull();
        expect(state.checkpointId).toBe([...sandbox.tenant.allLogs()].at(-1)?.log_id ?? null);
        expect(state.logs.at(-1)?.error).toBeUndefined();
        const rejected = state.logs.flatMap((record) =>
          record.rejected.map(({ logId }) => trackId(sandbox, logId)),
        );
        expect(new Set(rejected)).toEqual(poison);
      } finally {
        await sandbox.close();
      }
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 40) },
  );
});
