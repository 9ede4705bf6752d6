import { randomUUID } from 'node:crypto';
import type { BaseLogger } from 'pino';
import type { UserCache } from '../auth0/find-users';
import { createTenant } from '../auth0/tenant';
import { ExportError } from '../errors/export-error';
import type { Redactor } from '../redaction/create-redactor';
import { createDeliver } from '../segment/deliver';
import { parseSettings } from '../settings/parse-settings';
import type { Settings } from '../settings/settings';
import { createReporter } from '../slack/create-reporter';
import type { DocumentStore } from '../storage/document-store';
import type { RunLease } from '../storage/run-lease';
import { takeRunLease } from '../storage/run-lease';
import type { RunRecord } from '../storage/run-record';
import { createRunStateStore } from '../storage/run-state-store';
import type { Clock } from '../time/clock';
import { startDeadline } from '../time/deadline';
import { type ExportEnd, exportLogs } from './export-logs';
import { findStart } from './find-start';
import { type RunProgress, startProgress } from './start-progress';

/** What a run is given by whoever hosts it. */
export interface JobContext {
  /** Answers a setting by its name. */
  config: (name: string) => unknown;
  store: DocumentStore;
  clock: Clock;
  fetch: typeof fetch;
  /** 0 to 1, for jitter. */
  random: () => number;
  log: Pick<BaseLogger, 'info' | 'warn' | 'error'>;
  redactor: Redactor;
  /** Profiles that earlier runs of this process have looked up. */
  userCache: UserCache;
  /** Milliseconds until the run must have ended by itself. */
  budgetMs: number;
  /** Fires when the host wants the run to end soon. */
  stop?: AbortSignal | undefined;
  /** Called each time the checkpoint has passed a batch. */
  onProgress?: ((record: RunRecord) => void) | undefined;
}

/** A run's answer: HTTP status and body, as the cron view shows them. */
export type JobAnswer =
  | { statusCode: 200 | 500; body: { status: RunRecord; checkpoint: string | null } }
  | { statusCode: 409; body: { error: string; message: string } };

/** Puts whatever was thrown into words. */
function inWords(error: unknown): string {
  if (error instanceof ExportError) return error.message;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `Something happened that should not be able to: ${what}. Nothing is lost: the next run goes on from the checkpoint. Please report it with the lines that this run logged.`;
}

/**
 * One execution of the export: takes the lease, exports what is outstanding until nothing is left or the
 * time is up, and ends with a record in the storage, a report to Slack and an answer.
 *
 * @returns 200 when it succeeded, 500 when it failed, 409 when another run holds the lease; never throws
 */
export async function runJob(context: JobContext): Promise<JobAnswer> {
  const { clock, log, redactor, budgetMs, stop } = context;
  const deadline = startDeadline({ clock, budgetMs, stop });
  const start = clock.now();
  const { settings, slack, problems, warnings } = parseSettings(context.config);
  const report = createReporter({ slack, fetch: context.fetch, deadline, redactor });
  let progress = startProgress(start, null);
  let lease: RunLease | undefined;
  let end: ExportEnd;
  let needsAttention = false;

  try {
    const store = createRunStateStore({
      store: context.store,
      clock,
      remaining: deadline.remaining,
      damagedIsEmpty: Boolean(settings?.startFrom),
    });
    const taken = await takeRunLease({ store, clock, owner: randomUUID(), progress: progress.record(start) });
    if ('heldBy' in taken) {
      deadline.giveUp();
      const since = taken.heldBy.startedAt;
      log.info({ since }, 'another run is under way');
      return {
        statusCode: 409,
        body: {
          error: 'run_under_way',
          message: `Another run is under way since ${since} (${taken.heldBy.owner}). This one exported nothing; the next trigger tries again.`,
        },
      };
    }
    lease = taken.lease;
    progress = startProgress(start, lease.state.checkpointId);
    for (const warning of warnings) progress.warn(warning);
    if (lease.cutOff) {
      needsAttention = true;
      progress.warn(
        `The run before, started at ${lease.cutOff.start}, was cut off before its end; this one went on from its checkpoint.`,
      );
    }
    if (!settings) throw new ExportError('settings_invalid', problems.join(' '));
    log.info({ startCheckpoint: lease.state.checkpointId }, 'run started');
    end = await exportWith(settings, lease, progress, context, deadline, () => {
      needsAttention = true;
    });
  } catch (error) {
    end = { moreToCome: false, failure: { error, logId: undefined } };
  }
  // Nothing of this run goes on behind its back.
  deadline.giveUp();

  if (end.failure) log.error({ err: describe(end.failure.error) }, inWords(end.failure.error));
  if (end.moreToCome && !end.failure) {
    progress.warn(
      'More logs are waiting: the time of this run was up. The next run goes on from the checkpoint.',
    );
  }
  const finish = (failure: ExportEnd['failure']): RunRecord => {
    const record = progress.record(clock.now());
    return redactor.data({
      ...record,
      ...(end.moreToCome ? { moreToCome: true as const } : {}),
      ...(failure
        ? {
            error: {
              message: inWords(failure.error),
              checkpoint: failure.logId ?? replayFrom(settings, lease, progress),
            },
          }
        : {}),
    });
  };

  let record = finish(end.failure);
  const slackWarning = await report.run(record, needsAttention);
  const daily = lease ? await report.daily(lease.state, record, clock.now()) : {};
  for (const warning of [slackWarning, daily.warning]) if (warning) progress.warn(warning);
  record = finish(end.failure);
  try {
    const patch = settings?.startFrom === '' ? { startFrom: null } : {};
    await lease?.release(record, { ...patch, ...(daily.reported ? { lastReportDate: daily.reported } : {}) });
  } catch (error) {
    log.error({ err: describe(error) }, inWords(error));
    if (!end.failure) {
      end = { moreToCome: false, failure: { error, logId: undefined } };
      record = finish(end.failure);
      await report.run(record, true);
    }
  }
  log.info(
    {
      logsRead: record.logsRead,
      logsProcessed: record.logsProcessed,
      batches: record.batches,
      checkpoint: record.checkpoint,
    },
    end.failure ? 'run failed' : 'run finished',
  );
  return {
    statusCode: end.failure ? 500 : 200,
    body: { status: record, checkpoint: record.checkpoint },
  };
}

/** Joins the parts of the export for these settings. */
function exportWith(
  settings: Settings,
  lease: RunLease,
  progress: RunProgress,
  { clock, fetch, random, redactor, userCache, onProgress, log }: JobContext,
  deadline: ReturnType<typeof startDeadline>,
  onGap: () => void,
): Promise<ExportEnd> {
  const tenant = createTenant({
    ...settings.tenant,
    fetch,
    clock,
    deadline,
    random,
    onRequest: progress.countRequest,
    onToken: redactor.add,
  });
  const deliver = createDeliver({
    ...settings.segment,
    fetch,
    clock,
    deadline,
    random,
    onRequest: () => progress.countRequest('segment'),
  });
  return exportLogs({
    tenant,
    deliver,
    lease,
    progress,
    userCache,
    clock,
    deadline,
    batchSize: settings.batchSize,
    start: findStart(lease.state, settings.startFrom),
    onGap: (message) => {
      onGap();
      log.warn(message);
      progress.warn(message);
    },
    onBatch: () => onProgress?.(progress.record(clock.now())),
  });
}

/** The id to replay from where no single log is to blame: START_FROM before its first batch, or the checkpoint. */
function replayFrom(
  settings: Settings | undefined,
  lease: RunLease | undefined,
  progress: RunProgress,
): string | null {
  const startFrom = settings?.startFrom;
  const hasMoved = progress.checkpoint !== (lease?.state.checkpointId ?? null);
  if (startFrom && startFrom !== lease?.state.startFrom && !hasMoved) return startFrom;
  return progress.checkpoint;
}

/** What is logged of an error: its name, its code and its stack, without the fields that libraries add. */
function describe(error: unknown): { name: string; code?: string; stack?: string; cause?: string } {
  if (!(error instanceof Error)) return { name: typeof error };
  return {
    name: error.name,
    ...(error instanceof ExportError ? { code: error.code } : {}),
    ...(error.stack ? { stack: error.stack } : {}),
    ...(error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {}),
  };
}
