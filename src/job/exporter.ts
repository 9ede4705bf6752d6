import { createTenant, type TenantOptions } from '../auth0/client';
import { getLogPage } from '../auth0/logs';
import { createFindUsers } from '../auth0/users';
import { ExportError } from '../errors';
import type { Redactor } from '../redactor';
import { type SegmentCall, sourceOf } from '../segment/calls';
import { createSegmentSink, type Delivery } from '../segment/deliver';
import { toSegmentUser } from '../segment/profile';
import type { ParsedSettings, Settings } from '../settings';
import { type Clock, createDeadline, type Deadline } from '../time';
import { logsBetween, toBatches } from './batches';
import { type ExportedBatch, exportBatches } from './export-batches';
import { exportLogs } from './export-logs';
import { findStart, readOutstandingLogs } from './reading';
import { type JobAnswer, type RunDependencies, type RunOptions, runJob } from './run-job';
import { createTenantCache, type TenantCache } from './tenant-cache';

/** A look at the newest log only serves those who watch. */
const LOOK_MS = 10_000;
/** The Dashboard waits while an extension is removed; after this it continues without the client being deleted. */
const DELETE_MS = 5_000;

/** What an exporter reaches the world with. */
export interface ExporterDependencies {
  clock: Clock;
  fetch: typeof fetch;
  /** 0 to 1, for jitter. */
  random: () => number;
  redactor: Redactor;
  /** What this process knows of the tenant from before; without it, the exporter begins to know it. */
  tenantCache?: TenantCache;
}

/** A stretch of logs that is sent again. */
export interface Replay {
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

/** The export of one tenant to one Segment source. */
export interface Exporter {
  /**
   * One execution: exports what is outstanding, until nothing is left or the time is up.
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
   * When the newest log of the tenant was written.
   *
   * @param stop fires when the process is asked to stop
   * @returns milliseconds since 1970; `undefined` where there is none
   * @throws {ExportError} where it cannot be had
   */
  newestLogTime(stop?: AbortSignal): Promise<number | undefined>;
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
      onRequest,
      onToken: redactor.add,
    };
  };
  const deliverWith = (options: {
    fetch: typeof globalThis.fetch;
    deadline: Deadline;
    onRequest: () => void;
  }) => createSegmentSink({ ...usable().segment, clock, random, ...options });

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

  const exportOutstanding = async ({ lease, progress, deadline, log, onProgress }: RunDependencies) => {
    const { startFrom, segment, batchSize, shape, selection } = usable();
    const start = findStart(lease.state, startFrom);
    log.info({ start: start.kind, checkpoint: lease.state.checkpointId }, 'run started');
    return exportLogs({
      tenant: createTenant(tenantOptions(deadline, progress.countRequest)),
      deliver: deliverWith({
        // Asked for each request: a process may have stood still since the last.
        fetch: async (input, init) => {
          if (!lease.isHeld()) {
            // Why it could not be renewed says more, such as that the tenant has been removed.
            await lease.flush();
            throw new ExportError(
              'lease_lost',
              'This run stood still, or could not renew its lease, for so long that another may have taken over, so it stopped. Nothing is lost: the next run resumes from its checkpoint.',
            );
          }
          return fetch(input, init);
        },
        deadline,
        onRequest: () => progress.countRequest('segment'),
      }),
      source: sourceOf(segment.writeKey),
      shape,
      selection,
      lease,
      progress,
      userCache: tenantCache.usersFor(shape),
      clock,
      deadline,
      start,
      batchSize,
      redactor,
      onBatch: (record) => onProgress?.(record),
    });
  };

  return {
    run: (options) => runJob({ ...options, parsed, clock, fetch, redactor, exportOutstanding }),
    async *replay({ from, to, deadline, mayGoOn, onCalls, onPage, onWarning }) {
      const { segment, batchSize, shape, selection } = usable();
      const tenant = createTenant(tenantOptions(deadline));
      const show = async (calls: readonly SegmentCall[]): Promise<Delivery> => {
        onCalls?.(calls);
        return { rejected: [] };
      };
      const findUsers = createFindUsers(tenant.users, {
        cache: tenantCache.usersFor(shape),
        keep: (user, id) => toSegmentUser(user, id, shape),
        onLookUp: () => {},
        onMalformed: (id) =>
          onWarning(`Auth0 calls the user id ${id} malformed; its events go without a profile.`),
      });
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
      yield* exportBatches(toBatches(logsBetween(noted(), to), batchSize, selection), {
        findUsers,
        deliver: onCalls ? show : deliverWith({ fetch, deadline, onRequest: () => {} }),
        source: sourceOf(segment.writeKey),
        shape,
      });
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
    deleteClient: () =>
      within(DELETE_MS, async (deadline) => {
        // Nothing else here needs this client.
        const { deleteClient } = await import('../auth0/delete-client');
        await deleteClient(tenantOptions(deadline));
      }),
  };
}
