import { createTenant, type Tenant, type TenantOptions } from '../auth0/client';
import { getLogPage } from '../auth0/logs';
import { describeSearchPause } from '../auth0/user-search';
import { createFindUsers } from '../auth0/users';
import { ExportError } from '../errors';
import type { Redactor } from '../redactor';
import { type SegmentCall, sourceOf } from '../segment/calls';
import { createSegmentSink, type Delivery, type SegmentSinkOptions } from '../segment/deliver';
import { toSegmentUser } from '../segment/profile';
import type { ParsedSettings, Settings } from '../settings';
import type { RunState } from '../storage/run-state';
import {
  type Clock,
  clockWarning,
  createDeadline,
  createPeerClock,
  type Deadline,
  type PeerClock,
} from '../time';
import { type Batch, logsBetween, toBatches } from './batches';
import { captureCalls, type ExportedBatch, exportBatches } from './export-batches';
import { exportLogs } from './export-logs';
import { firstLogs, newestLogs, type Previewed, type PreviewedCall } from './preview';
import { findStart, readOutstandingLogs } from './reading';
import { type JobAnswer, type RunDependencies, type RunOptions, runJob } from './run-job';
import type { FoundStart, StartPoint } from './start-point';
import { createTenantCache, type TenantCache } from './tenant-cache';

/** A look at a log or two only serves those who watch. */
const LOOK_MS = 10_000;
/** The Dashboard waits while an extension is removed; after this it continues without the client being deleted. */
const DELETE_MS = 5_000;

/** What an exporter reaches the world with. */
interface ExporterDependencies {
  clock: Clock;
  fetch: typeof fetch;
  /** 0 to 1, for jitter. */
  random: () => number;
  redactor: Redactor;
  /** What this process knows of the tenant from before; without it, the exporter begins to know it. */
  tenantCache?: TenantCache;
}

/** A stretch of logs that is sent again. */
interface Replay {
  /** Id of the first log. */
  from: string;
  /** Id of the last log; `undefined`: the newest there is. */
  to: string | undefined;
  deadline: Deadline;
  /** `false` ends the reading early. */
  mayGoOn: () => boolean;
  /** Takes the calls instead of Segment, which then gets none. */
  onCalls?: ((calls: readonly SegmentCall[]) => void) | undefined;
  /** Called for each page that was read. */
  onPage: () => void;
  /** Called with what whoever watches must hear of. */
  onWarning: (message: string) => void;
}

/** What is looked at of what a run would send. */
interface Preview {
  /** As the next run would find it; `undefined`: the newest logs that are exported, wherever the checkpoint is. */
  state: RunState | undefined;
  /** Logs, at most. */
  most: number;
  deadline: Deadline;
  /** Called with what whoever looks must hear of. */
  onWarning: (message: string) => void;
}

/** The export of one tenant to one Segment source. */
export interface Exporter {
  /**
   * One run: exports what is outstanding, until nothing is left or the time is up.
   *
   * @returns 200 when it succeeded, 500 when it failed, 409 when another run holds the lease; never throws
   */
  run(options: RunOptions): Promise<JobAnswer>;
  /**
   * Sends logs again, without moving the checkpoint.
   *
   * @returns the batches that are done, in order
   * @throws {BatchFailure} where one could not be delivered
   * @throws {ExportError} where reading failed, or the settings cannot be used
   */
  replay(stretch: Replay): AsyncIterable<ExportedBatch>;
  /**
   * The calls that the next run would make, or those of the newest logs. Nothing is sent, and nothing is stored.
   *
   * @throws {ExportError} where reading failed, or the settings cannot be used
   */
  preview(options: Preview): Promise<Previewed>;
  /**
   * When the newest log of the tenant was written.
   *
   * @param stop fires when the process is asked to stop
   * @returns milliseconds since 1970; `undefined` where there is none
   * @throws {ExportError} where it cannot be had
   */
  newestLogTime(stop?: AbortSignal): Promise<number | undefined>;
  /**
   * Finds the log with which a run is to start.
   *
   * @returns `undefined` where Auth0 has none
   * @throws {ExportError} where it cannot be asked
   */
  findStart(point: StartPoint): Promise<FoundStart | undefined>;
  /**
   * Deletes the client that the tenant is reached with.
   *
   * @throws {ExportError} when the tenant does not do it
   */
  deleteClient(): Promise<void>;
}

/**
 * Assembles the export of a tenant. Everything that speaks to it or to Segment is joined here and nowhere else.
 *
 * @param parsed the settings; those that make a run impossible make it fail, in words
 */
export function createExporter(parsed: ParsedSettings, dependencies: ExporterDependencies): Exporter {
  const { clock, fetch, random, redactor, tenantCache = createTenantCache() } = dependencies;

  const invalid = () => new ExportError('settings_invalid', parsed.problems.join(' '));
  const usable = (): Settings => {
    if (!parsed.settings) throw invalid();
    return parsed.settings;
  };
  const tenantOptions = (
    deadline: Deadline,
    onRequest: (resource: string) => void = () => {},
    more: Pick<TenantOptions, 'onRetry' | 'isFirstRun' | 'auth0Clock'> = {},
  ): TenantOptions => {
    if (!parsed.tenant) throw invalid();
    return {
      ...parsed.tenant,
      accessToken: tenantCache.accessToken,
      fetch,
      clock,
      deadline,
      random,
      redact: redactor.text,
      ...more,
      onRequest,
      onToken: redactor.add,
    };
  };
  const deliverWith = ({
    auth0Clock,
    ...options
  }: Omit<SegmentSinkOptions, 'writeKey' | 'endpoint' | 'clock' | 'random'> & {
    /** Gives the time of day until Segment answers. */
    auth0Clock: PeerClock;
  }) =>
    createSegmentSink({
      ...usable().segment,
      clock: { ...clock, now: auth0Clock.estimate },
      random,
      ...options,
    });

  const within = async <T>(
    budgetMs: number,
    work: (deadline: Deadline) => Promise<T>,
    stop?: AbortSignal,
  ): Promise<T> => {
    const deadline = createDeadline({ clock, budgetMs, stop });
    try {
      return await work(deadline);
    } finally {
      deadline.end();
    }
  };

  const exportOutstanding = async ({
    lease,
    progress,
    deadline,
    stop,
    log,
    onProgress,
    onDelivered,
  }: RunDependencies) => {
    const { startFrom, segment, batchSize, shape, selection } = usable();
    const start = findStart(lease.state, startFrom);
    const auth0Clock = createPeerClock(clock);
    const shared = {
      auth0Clock,
      onRetry: (sentence: string) => log.info({ retry: true }, sentence),
      isFirstRun: lease.state.checkpointId === null,
    };
    if (start.kind === 'startFrom') progress.noteStart(start.id);
    log.info({ start: start.kind, checkpoint: lease.state.checkpointId }, 'run started');
    const deliver = deliverWith({
      // Asked for each request: a process may have stood still since the last.
      fetch: async (input, init) => {
        if (!lease.isHeld()) {
          // Why it could not be renewed says more, such as that the tenant has been removed.
          await lease.flush();
          throw new ExportError(
            'lease_lost',
            'This run stood still, or could not renew its lease, for so long that another may have taken over, so it stopped.',
          );
        }
        return fetch(input, init);
      },
      deadline,
      onRequest: () => progress.countRequest('segment'),
      ...shared,
    });
    const exporting = exportLogs({
      tenant: createTenant(tenantOptions(deadline, progress.countRequest, shared)),
      deliver: async (calls) => {
        const delivery = await deliver(calls);
        onDelivered?.(calls, delivery);
        return delivery;
      },
      source: sourceOf(segment.writeKey),
      shape,
      selection,
      lease,
      progress,
      userCache: tenantCache.usersFor(shape),
      clock,
      deadline,
      stop,
      start,
      batchSize,
      redactor,
      onBatch: (record) => onProgress?.(record),
    });
    return exporting.finally(() => {
      const warning = clockWarning(auth0Clock);
      if (warning) progress.warn(warning);
    });
  };

  /** Exports batches outside of a run: no checkpoint is moved. */
  const exportWith = (
    tenant: Tenant,
    batches: AsyncIterable<Batch>,
    deliver: (calls: readonly SegmentCall[]) => Promise<Delivery>,
    onWarning: (message: string) => void,
  ): AsyncGenerator<ExportedBatch> => {
    const { segment, shape } = usable();
    const findUsers = createFindUsers(tenant, {
      clock,
      cache: tenantCache.usersFor(shape),
      keep: (user, id) => toSegmentUser(user, id, shape),
      onLookUp: () => {},
      onMalformed: (id) =>
        onWarning(`Auth0 calls the user id ${id} malformed; its events go without a profile.`),
      onSearchPause: (failure) => onWarning(describeSearchPause(failure)),
    });
    return exportBatches(batches, { findUsers, deliver, source: sourceOf(segment.writeKey), shape });
  };

  return {
    run: (options) => runJob({ ...options, parsed, clock, fetch, redactor, exportOutstanding }),
    async *replay({ from, to, deadline, mayGoOn, onCalls, onPage, onWarning }) {
      const { batchSize, selection } = usable();
      const auth0Clock = createPeerClock(clock);
      const tenant = createTenant(tenantOptions(deadline, undefined, { onRetry: onWarning, auth0Clock }));
      const pages = readOutstandingLogs(
        { kind: 'startFrom', id: from },
        { ...tenant, now: clock.now(), mayGoOn, alert: onWarning },
      );
      async function* noted() {
        for await (const page of pages) {
          onPage();
          yield page;
        }
      }
      const batches = toBatches(logsBetween(noted(), to), batchSize, selection);
      const deliver = onCalls
        ? captureCalls(onCalls)
        : deliverWith({ auth0Clock, fetch, deadline, onRequest: () => {}, onRetry: onWarning });
      yield* exportWith(tenant, batches, deliver, onWarning);
    },
    preview: async ({ state, most, deadline, onWarning }) => {
      const { batchSize, selection, shape, startFrom } = usable();
      const tenant = createTenant(tenantOptions(deadline, undefined, { onRetry: onWarning }));
      let moreToCome = false;
      const mayGoOn = () => {
        moreToCome ||= !deadline.allowsRequestIn(0);
        return !moreToCome;
      };
      const pages = state
        ? readOutstandingLogs(findStart(state, startFrom), {
            ...tenant,
            now: clock.now(),
            mayGoOn,
            alert: onWarning,
          })
        : newestLogs(tenant.logs, selection, most);
      // Batches end where those of a run do, as far as they are looked at: each identifies its users once.
      const batches = toBatches(pages, Math.min(batchSize, most + 1), selection);
      const first = firstLogs(batches, most, () => {
        moreToCome = true;
      });
      const made: SegmentCall[] = [];
      const calls: PreviewedCall[] = [];
      const rejected: Previewed['rejected'] = [];
      let [logs, skipped] = [0, 0];
      const deliver = captureCalls((more) => made.push(...more));
      for await (const { batch, ...done } of exportWith(tenant, first, deliver, onWarning)) {
        const byId = new Map(batch.logs.map((log) => [log.id, log]));
        for (const call of made.splice(0)) {
          const log = byId.get(call.logId);
          if (log) calls.push({ call, log });
        }
        logs += batch.logs.length;
        skipped += done.skipped;
        rejected.push(...done.rejected);
      }
      const excluded = shape.excluded.map((path) => path.join('.'));
      return { calls, logs, skipped, rejected, moreToCome, excluded, loginContext: shape.loginContext };
    },
    newestLogTime: (stop) =>
      within(
        LOOK_MS,
        async (deadline) => {
          const { logs } = createTenant(tenantOptions(deadline));
          const page = await getLogPage(logs, { sort: 'date:-1', per_page: 1, page: 0 });
          return Date.parse(page.logs[0]?.date ?? '') || undefined;
        },
        stop,
      ),
    findStart: (point) =>
      within(LOOK_MS, async (deadline) => {
        // No run needs it.
        const { findStartPoint } = await import('./start-point');
        return findStartPoint(createTenant(tenantOptions(deadline)).logs, point);
      }),
    deleteClient: () =>
      within(DELETE_MS, async (deadline) => {
        // Nothing else here needs this client.
        const { deleteClient } = await import('../auth0/delete-client');
        await deleteClient(tenantOptions(deadline));
      }),
  };
}
