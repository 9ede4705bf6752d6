import { describe, expect, test } from 'vitest';
import { createQueuedRuns } from '../../../server/runs/queued-runs';
import type { RunRequest } from '../../../server/runs/run-queue';
import { runCancelled } from '../../../server/runs/run-queue';
import type { FinishedRun } from '../../../server/runs/runner';
import type { TenantRow } from '../../../server/tenants/tenant-store';
import { LEASE_MS } from '../../../src/storage/lease';
import type { Lease, RunRecord } from '../../../src/storage/run-state';
import { fakeClock, settle } from '../../support/fake-clock';
import { makeTenant } from '../database/open-test-database';

const NOON = Date.parse('2026-03-01T12:00:00Z');

const acme = makeTenant('acme', { id: 'id-acme', dueAt: NOON });
const request: RunRequest = { tenantId: 'id-acme', tenant: 'acme', trigger: 'schedule', dueAt: NOON };

/** A worker that has taken a run, without a queue and without a job. */
function openWorker({ tenant = acme }: { tenant?: TenantRow | undefined } = {}) {
  const clock = fakeClock({ now: NOON });
  const ran: number[] = [];
  const sent: RunRequest[] = [];
  const troubles: string[] = [];
  const stop = new AbortController();
  const taken = new AbortController();
  let lease: Lease | null = null;
  let answer = (): FinishedRun['answer'] => ended({});
  const run = createQueuedRuns({
    clock,
    tenants: { find: async (name) => (name === tenant.name ? tenant : undefined) },
    runner: {
      run: async (row, trigger) => {
        if (stop.signal.aborted) return undefined;
        ran.push(clock.now() - NOON);
        return { id: 'run', tenant: row, trigger, startedAt: '', answer: answer() };
      },
    },
    queue: {
      send: async (one) => {
        sent.push(one);
        return true;
      },
    },
    leaseOf: async () => lease,
    stop: stop.signal,
    onTrouble: (message) => troubles.push(message),
  });
  let isDone = false;
  return {
    clock,
    ran,
    sent,
    troubles,
    stop,
    taken,
    isDone: () => isDone,
    hold: (owner: string, ms = LEASE_MS) => {
      const expiresAt = new Date(clock.now() + ms).toISOString();
      lease = { owner, startedAt: '', expiresAt, progress: {} as RunRecord };
    },
    release: () => {
      lease = null;
    },
    answers: (make: () => FinishedRun['answer']) => {
      answer = make;
    },
    begin: async (one = request) => {
      run(one, taken.signal).then(() => {
        isDone = true;
      });
      await settle();
    },
  };
}

const ended = (record: Partial<RunRecord>): FinishedRun['answer'] => ({
  statusCode: 200,
  body: { status: record as RunRecord, checkpoint: null },
});

describe('a run that was taken from the queue', () => {
  test('is run, and done with', async () => {
    const worker = openWorker();
    await worker.begin();
    expect([worker.ran, worker.sent, worker.isDone()]).toEqual([[0], [], true]);
  });

  test('of a tenant that is gone, another of its name, or switched off is none', async () => {
    for (const tenant of [
      { ...acme, name: 'other' },
      { ...acme, id: 'id-new' },
      { ...acme, isActive: false },
    ]) {
      const worker = openWorker({ tenant });
      await worker.begin();
      expect([worker.ran, worker.isDone()]).toEqual([[], true]);
    }
  });

  test('that somebody asked for runs though the schedule is switched off', async () => {
    const worker = openWorker({ tenant: { ...acme, isActive: false } });
    await worker.begin({ ...request, trigger: 'manual' });
    expect(worker.ran).toEqual([0]);
  });

  test('that fails is done with all the same, and what keeps it from its record is said', async () => {
    const worker = openWorker();
    worker.answers(() => {
      throw new Error('no record');
    });
    await worker.begin();
    expect(worker.isDone()).toBe(true);
    expect(worker.troubles).toEqual(['The run of tenant acme could not be recorded: Error: no record']);
  });
});

describe('a run that was cancelled', () => {
  test('while it waits for a lease is begun by nobody again; one that was taken over is', async () => {
    for (const [reason, again] of [
      [runCancelled(), []],
      [new Error('taken over'), [request]],
    ] as const) {
      const worker = openWorker();
      worker.hold('dead', 5_000);
      await worker.begin();
      worker.taken.abort(reason);
      await settle();
      expect([worker.ran, worker.sent, worker.isDone()]).toEqual([[], again, true]);
    }
  });
});

describe('the lease of another run', () => {
  test('is waited for where its process is dead, and the run begins when it has expired', async () => {
    const worker = openWorker();
    worker.hold('dead', 5_000);
    await worker.begin();
    await worker.clock.advance(4_999);
    expect(worker.ran).toEqual([]);
    await worker.clock.advance(1_001);
    expect(worker.ran).toHaveLength(1);
    expect(worker.ran[0]).toBeLessThanOrEqual(6_000);
  });

  test('that is renewed belongs to somebody alive, who exports what this run would', async () => {
    const worker = openWorker();
    worker.hold('alive');
    await worker.begin();
    await worker.clock.advance(3_000);
    worker.hold('alive');
    await worker.clock.advance(2_000);
    expect([worker.ran, worker.isDone()]).toEqual([[], true]);
  });

  test('that another takes in between is waited for again', async () => {
    const worker = openWorker();
    let meets = 1;
    worker.answers(() => {
      if (meets-- <= 0) return ended({});
      worker.hold('faster', 3_000);
      return { statusCode: 409, body: { error: 'busy', message: '' } } as unknown as FinishedRun['answer'];
    });
    await worker.begin();
    await worker.clock.advance(4_000);
    expect(worker.ran).toHaveLength(2);
  });

  test('given under another time of day it is left to the run itself', async () => {
    const worker = openWorker();
    worker.hold('odd', 24 * 3_600_000);
    await worker.begin();
    await worker.clock.advance(LEASE_MS + 2_000);
    expect(worker.ran).toHaveLength(1);
  });
});

describe('a run that is told to end', () => {
  test('hands over what is left, where the process stops', async () => {
    const worker = openWorker();
    worker.answers(() => {
      worker.stop.abort();
      return ended({ moreToCome: true });
    });
    await worker.begin();
    expect([worker.sent, worker.isDone()]).toEqual([[request], true]);
  });

  test('hands nothing over where nothing is left', async () => {
    const worker = openWorker();
    worker.answers(() => {
      worker.stop.abort();
      return ended({});
    });
    await worker.begin();
    expect(worker.sent).toEqual([]);
  });

  test('before it has begun it is another’s', async () => {
    const worker = openWorker();
    worker.hold('dead');
    await worker.begin();
    worker.stop.abort();
    await settle();
    expect([worker.ran, worker.sent, worker.isDone()]).toEqual([[], [request], true]);
  });

  test('because its job was taken away it asks for what it has left', async () => {
    const worker = openWorker();
    worker.answers(() => {
      worker.taken.abort();
      return ended({ moreToCome: true });
    });
    await worker.begin();
    expect(worker.sent).toEqual([request]);
  });
});
