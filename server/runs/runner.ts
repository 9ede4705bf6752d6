import { randomUUID } from 'node:crypto';
import type { JobAnswer, RunOptions } from '../../src/job/run-job';
import { outcomeWord } from '../../src/run-words';
import type { OpenRunStore } from '../../src/storage/run-store';
import type { Clock } from '../../src/time';
import { HostError, troubleInWords } from '../errors';
import type { TenantRow } from '../tenants/tenant-store';
import type { LastEvents } from './last-events';
import type { LiveLog } from './live-log';
import { openRunLog } from './run-log';
import type { RunNotes, RunTrigger } from './run-notes';
import { runCancelled } from './run-queue';
import type { TenantExporter, TenantExporters } from './tenant-exporters';

/** A run that has ended, in this process. */
export interface FinishedRun {
  id: string;
  tenant: TenantRow;
  trigger: RunTrigger;
  /** ISO 8601. */
  startedAt: string;
  answer: JobAnswer;
}

/** A run that is under way in this process. */
interface RunningRun {
  /** Name of the tenant. */
  tenant: string;
  run: string;
  /** ISO 8601. */
  startedAt: string;
  trigger: RunTrigger;
}

/** Of one run. */
interface RunnerRunOptions {
  /** Called each time the checkpoint has passed a batch. */
  onProgress?: RunOptions['onProgress'];
  /** Fires when this run is to end, after the batch in hand. */
  stop?: AbortSignal;
}

/** Runs the exports of all tenants, a bounded number at once, longest waiting first, never two of one tenant. */
export interface Runner {
  /** The runs under way, by the ids of their tenants. */
  running(): ReadonlyMap<string, RunningRun>;
  /**
   * Runs a tenant's export once a place is free.
   *
   * @param dueAt milliseconds since 1970: of those that wait, the longest overdue comes first
   * @returns `undefined` where one of it is waiting or under way in this process already, or the host stops
   * @throws {HostError} where its beginning cannot be stored, and it is not run then; what `run` of its exporter
   *   throws, which it does not unless something is badly wrong
   */
  run(
    tenant: TenantRow,
    trigger: RunTrigger,
    dueAt: number,
    options?: RunnerRunOptions,
  ): Promise<FinishedRun | undefined>;
  /**
   * Ends a tenant's run that is under way in this process: it finishes its batch, or gives up what it waits for, and
   * is recorded as cancelled unless it had read everything.
   *
   * @returns whether there was one
   */
  cancel(tenantId: string): boolean;
  /** Places that are free now. */
  free(): number;
  /** Resolves when none is waiting or under way. */
  idle(): Promise<void>;
}

/** What runs are run with. */
interface RunnerOptions {
  /** Runs at once, at most. */
  places: number;
  clock: Clock;
  exporters: TenantExporters;
  openStoreOf: (tenant: TenantRow) => OpenRunStore;
  notes: RunNotes;
  live: Pick<LiveLog, 'add'>;
  /** Where what goes to Segment of a tenant is noted; `undefined` where it is not. */
  lastEventsOf: (tenant: TenantRow) => Pick<LastEvents, 'note'> | undefined;
  /** Why nothing can be stored, and so nothing exported; `undefined` where it can. */
  trouble: () => Promise<{ message: string } | undefined>;
  /** Fires when the host stops: no run begins any more, and those under way finish their batch. */
  stop: AbortSignal;
  /** Told of each run that has ended; its place is free by then. */
  onEnd: (finished: FinishedRun) => void;
  /** Told of what goes wrong beside a run, in words. */
  onTrouble: (message: string) => void;
}

/** A run that waits for its place. */
interface WaitingRun {
  tenant: TenantRow;
  trigger: RunTrigger;
  dueAt: number;
  options: RunnerRunOptions;
  resolve: (finished: FinishedRun | undefined) => void;
  reject: (error: unknown) => void;
}

/** How a run ended, as the live log says it: in the word that its record has, or why it did not begin. */
function endText(answer: JobAnswer | undefined): string {
  if (!answer) return 'Failed';
  return answer.statusCode === 409 ? answer.body.message : outcomeWord(answer.body.status);
}

/** Makes what runs the exports and notes what they log. */
export function createRunner(options: RunnerOptions): Runner {
  const { places, clock, exporters, openStoreOf, notes, live, stop } = options;
  const running = new Map<string, RunningRun>();
  const cancels = new Map<string, AbortController>();
  let waiting: WaitingRun[] = [];
  let whenIdle: (() => void)[] = [];

  /** Runs as the exporter does, or as one that says why it cannot: either way a record is left. */
  const answerOf = async (
    tenant: TenantRow,
    run: (exporter: TenantExporter) => Promise<JobAnswer>,
  ): Promise<JobAnswer> => {
    try {
      return await run(await exporters.of(tenant));
    } catch (error) {
      return run(await exporters.failing(tenant, troubleInWords(error)));
    }
  };

  const execute = async (
    { tenant, trigger, dueAt, options: { onProgress, stop: ownStop } }: WaitingRun,
    { run, startedAt }: RunningRun,
    cancelled: AbortSignal,
  ) => {
    const problem = await options.trouble();
    if (problem) throw new HostError(problem.message);
    const log = await openRunLog({
      notes,
      tenantId: tenant.id,
      begun: { id: run, trigger, dueAt: new Date(dueAt).toISOString(), startedAt },
      now: clock.now,
      onLine: (text) => live.add({ kind: 'line', tenant: tenant.name, run, text }),
    });
    live.add({ kind: 'begin', tenant: tenant.name, run, text: '' });
    let answer: JobAnswer | undefined;
    try {
      answer = await answerOf(tenant, ({ exporter, redactor, budgetMs, excluded }) =>
        exporter.run({
          id: run,
          store: openStoreOf(tenant),
          log: log.to(redactor),
          budgetMs,
          stop: AbortSignal.any([stop, cancelled, ...(ownStop ? [ownStop] : [])]),
          onProgress,
          onDelivered: (calls, delivery) =>
            options
              .lastEventsOf(tenant)
              ?.note({ ...delivery, tenantId: tenant.id, run, calls, excluded, redact: redactor.text }),
        }),
      );
    } finally {
      await log.close().catch((error: unknown) => {
        options.onTrouble(
          `What a run of tenant ${tenant.name} logged could not be stored: ${troubleInWords(error)}`,
        );
      });
      live.add({
        kind: 'end',
        tenant: tenant.name,
        run,
        text: endText(answer),
      });
    }
    return { id: run, tenant, trigger, startedAt, answer };
  };

  const begin = async (next: WaitingRun) => {
    const run: RunningRun = {
      tenant: next.tenant.name,
      run: randomUUID(),
      startedAt: new Date(clock.now()).toISOString(),
      trigger: next.trigger,
    };
    const cancel = new AbortController();
    running.set(next.tenant.id, run);
    cancels.set(next.tenant.id, cancel);
    let finished: FinishedRun | undefined;
    try {
      finished = await execute(next, run, cancel.signal);
    } catch (error) {
      next.reject(error);
    }
    running.delete(next.tenant.id);
    cancels.delete(next.tenant.id);
    if (finished) {
      next.resolve(finished);
      options.onEnd(finished);
    }
    fill();
  };

  function fill(): void {
    while (running.size < places && waiting.length > 0) {
      const next = waiting.reduce((first, one) => (one.dueAt < first.dueAt ? one : first));
      waiting = waiting.filter((one) => one !== next);
      begin(next);
    }
    if (running.size > 0 || waiting.length > 0) return;
    for (const resolve of whenIdle) resolve();
    whenIdle = [];
  }

  stop.addEventListener('abort', () => {
    for (const { resolve } of waiting) resolve(undefined);
    waiting = [];
    fill();
  });

  return {
    running: () => running,
    cancel: (tenantId) => {
      const cancel = cancels.get(tenantId);
      cancel?.abort(runCancelled());
      return cancel !== undefined;
    },
    free: () => Math.max(0, places - running.size - waiting.length),
    run: async (tenant, trigger, dueAt, options = {}) => {
      const isBusy = running.has(tenant.id) || waiting.some((one) => one.tenant.id === tenant.id);
      if (isBusy || stop.aborted) return undefined;
      return new Promise((resolve, reject) => {
        waiting.push({ tenant, trigger, dueAt, options, resolve, reject });
        fill();
      });
    },
    idle: () =>
      new Promise((resolve) => {
        whenIdle.push(resolve);
        fill();
      }),
  };
}
