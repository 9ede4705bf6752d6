import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { systemClock } from '../../src/time';
import { ownPostgres } from '../support/postgres';
import { declarationsOf, startTenants } from '../support/start-tenants';
import { openOnlooker, startWorkers } from '../support/start-workers';
import { watchRuns } from '../support/watch-runs';

/** How long PostgreSQL is away: longer than runs hold their leases, or shorter. */
const AWAY_MS = Number(process.env.POSTGRES_AWAY_SECONDS ?? 10) * 1000;
const RESTARTS = 3;
const BETWEEN_MS = 2_000;
const TENANTS = 20;
const LOGS = 500;
const BATCH_SIZE = 20;
const WORKERS = 2;
const RUNS_AT_ONCE = 6;
/** Of a run: one is being delivered while the checkpoint after the one before is being saved. */
const MOST_BATCHES_IN_FLIGHT = 2;
/** What may be sent while nothing can be saved. */
const MOST_IN_FLIGHT = WORKERS * RUNS_AT_ONCE * MOST_BATCHES_IN_FLIGHT * BATCH_SIZE;
/** A run that has ended early begins again by it, and nobody need wait longer than that. */
const SCHEDULE = '*/20 * * * * *';
/** Until runs go on after the server is back: the schedule, and what a busy machine adds. */
const RESUMED_MS = 90_000;
const REST_MS = 300_000;

/** Kills a session of a worker's: the server then ends all others and recovers, as after a crash of its own. */
async function killSession(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  // It is ended with the others.
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'auth0-logs-to-segment' LIMIT 1",
  );
  const [{ pid }] = v.parse(v.tuple([v.object({ pid: v.number() })]), rows);
  process.kill(pid, 'SIGKILL');
  await client.end().catch(() => {});
}

test(`PostgreSQL is restarted ${RESTARTS} times, crashes, and is stopped for ${AWAY_MS / 1000} s while runs are under way: no worker ends, what cannot be saved is not sent, and all is exported when it is back`, async () => {
  const world = await startTenants({
    count: TENANTS,
    logs: (index) => generateLogs({ count: LOGS, users: 40, seed: index }),
    latencyMs: 250,
  });
  onTestFinished(() => world.close());
  const postgres = await ownPostgres();
  const workers = await startWorkers({
    count: WORKERS,
    postgres,
    tenants: declarationsOf(world).map(({ name, settings }) => ({
      name,
      settings: { ...settings, BATCH_SIZE: String(BATCH_SIZE) },
    })),
    schedule: SCHEDULE,
    env: { MAX_CONCURRENT_RUNS: String(RUNS_AT_ONCE) },
  });
  const onlooker = await openOnlooker(postgres.url);
  // It is away itself now and then.
  const watch = watchRuns(onlooker, systemClock, () => {});
  onTestFinished(() => watch.stop());
  const arrivals = () => [...world.segment.ids('track').values()].reduce((sum, times) => sum + times, 0);
  const isBusy = () => watch.until((underWay) => underWay.length >= RUNS_AT_ONCE);
  const hasGoneOn = async () => {
    const before = arrivals();
    await expect
      .poll(arrivals, { timeout: RESUMED_MS, interval: 50 })
      .toBeGreaterThan(before + MOST_IN_FLIGHT);
  };

  await isBusy();
  for (let restart = 1; restart <= RESTARTS; restart += 1) {
    await delay(BETWEEN_MS);
    await postgres.stop();
    await postgres.start();
  }
  await hasGoneOn();

  await killSession(postgres.url);
  await hasGoneOn();

  for (const { sandbox } of world.tenants)
    sandbox.addLogs(Array.from({ length: LOGS / 4 }, () => ({ type: 's' })));
  await isBusy();
  const before = arrivals();
  await postgres.stop();
  await delay(AWAY_MS);
  const sentMeanwhile = arrivals() - before;
  await postgres.start();
  const backAt = performance.now();
  await hasGoneOn();
  const goneOnMs = performance.now() - backAt;

  await expect.poll(() => world.gaps().lost.length, { timeout: REST_MS, interval: 500 }).toBe(0);
  const restMs = performance.now() - backAt;
  await watch.until((underWay) => underWay.length === 0);
  await watch.stop();
  for (const { process: worker } of workers) {
    // None has ended by itself.
    expect(worker.child.exitCode, worker.err()).toBeNull();
    worker.child.kill('SIGTERM');
    expect(await worker.exit, worker.err()).toBe(0);
  }
  expect(world.gaps()).toEqual({ lost: [], unknown: [] });
  expect(sentMeanwhile).toBeLessThanOrEqual(MOST_IN_FLIGHT);
  const failed = (await onlooker.ended()).filter(({ error }) => error !== null);
  const others = failed.filter(
    ({ error }) => !/was cut off before its end|database|stood still/i.test(error ?? ''),
  );
  expect(others).toEqual([]);
  const repeats = arrivals() - world.segment.ids('track').size;
  expect(repeats).toBeLessThanOrEqual(failed.length * MOST_BATCHES_IN_FLIGHT * BATCH_SIZE);
  console.log(
    `PostgreSQL restarted ${RESTARTS} times, crashed, and away for ${AWAY_MS / 1000} s: ${world.segment.ids('track').size} logs, lost 0; ${failed.length} runs ended early and say so; ${sentMeanwhile} tracks were sent while it was away, runs went on ${(goneOnMs / 1000).toFixed(1)} s after it was back, and all was exported after ${(restMs / 1000).toFixed(1)} s; ${repeats} tracks arrived again and were recognised by their messageId`,
  );
}, 900_000);
