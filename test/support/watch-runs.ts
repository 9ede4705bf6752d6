import type { Clock } from '../../src/time';
import type { Onlooker } from './start-workers';

/** A run, as it was seen from outside; times in milliseconds of the monotonic clock. */
export interface SeenRun {
  id: string;
  tenant: string;
  /** When it last was seen to renew its lease, or to save a batch. */
  livedAt: number;
  /** When it was first seen that its lease is another's, or nobody's. */
  endedAt: number | undefined;
}

/** Looks on all the time. */
export interface RunWatch {
  /** By their ids. */
  runs(): ReadonlyMap<string, SeenRun>;
  /** Resolves when what is said holds of the runs that are under way. */
  until(isSo: (underWay: readonly SeenRun[]) => boolean): Promise<void>;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 100;

/**
 * Watches whose runs hold their tenants' leases.
 *
 * @param onTrouble told where the database does not answer; it is looked again
 */
export function watchRuns(
  onlooker: Pick<Onlooker, 'standings'>,
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
  onTrouble: (error: unknown) => void,
): RunWatch {
  const stopping = new AbortController();
  const runs = new Map<string, SeenRun>();
  const held = new Map<string, { run: SeenRun; version: string }>();
  let waiting: { isSo: (underWay: readonly SeenRun[]) => boolean; resolve: () => void }[] = [];
  const look = async () => {
    const standings = await onlooker.standings();
    const now = clock.monotonic();
    for (const { tenant, owner, version } of standings) {
      const before = held.get(tenant);
      if (before && before.run.id !== owner) {
        before.run.endedAt = now;
        held.delete(tenant);
      }
      if (owner === null || before?.version === version) continue;
      const run = runs.get(owner) ?? { id: owner, tenant, livedAt: now, endedAt: undefined };
      run.livedAt = now;
      runs.set(owner, run);
      held.set(tenant, { run, version });
    }
    const underWay = [...held.values()].map(({ run }) => run);
    const done = waiting.filter(({ isSo }) => isSo(underWay));
    waiting = waiting.filter((one) => !done.includes(one));
    for (const { resolve } of done) resolve();
  };
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await look().catch(onTrouble);
      await clock.sleep(LOOK_EVERY_MS, stopping.signal).catch(() => {});
    }
  };
  const ended = loop();
  return {
    runs: () => runs,
    until: (isSo) => new Promise((resolve) => waiting.push({ isSo, resolve })),
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}
