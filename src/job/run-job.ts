import { randomUUID } from 'node:crypto';
import type { BaseLogger } from 'pino';
import { ExportError } from '../errors/export-error';
import type { Redactor } from '../redaction/create-redactor';
import { parseSettings } from '../settings/parse-settings';
import { createReporter } from '../slack/create-reporter';
import { damagedState } from '../storage/damaged-state';
import type { DocumentStore } from '../storage/document-store';
import type { RunLease } from '../storage/run-lease';
import { takeRunLease } from '../storage/run-lease';
import type { RunRecord } from '../storage/run-record';
import { createRunStateStore } from '../storage/run-state-store';
import type { Clock } from '../time/clock';
import { type Deadline, startDeadline } from '../time/deadline';
import type { ExportEnd } from './export-logs';
import { inWords } from './in-words';
import { replayFrom } from './replay-from';
import { startExport } from './start-export';
import { startProgress } from './start-progress';
import type { TenantCache } from './tenant-cache';
import { toLoggedError } from './to-logged-error';
import { withProblems } from './with-problems';

/** What a run is given by whoever hosts it. */
export interface JobContext {
  /** Answers a setting by its name. */
  config: (name: string) => unknown;
  store: DocumentStore;
  clock: Clock;
  fetch: typeof fetch;
  /** 0 to 1, for jitter. */
  random: () => number;
  log: Pick<BaseLogger, 'info' | 'error'>;
  redactor: Redactor;
  /** What earlier runs of this process have left of the tenant. */
  tenantCache: TenantCache;
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

const DAMAGED =
  'The stored state was damaged and has been replaced: the export started with the log that START_FROM names.';

/**
 * One execution of the export: takes the lease, exports what is outstanding until nothing is left or the
 * time is up, and ends with a record in the storage, a report to Slack and an answer.
 *
 * @returns 200 when it succeeded, 500 when it failed, 409 when another run holds the lease; never throws
 */
export async function runJob(context: JobContext): Promise<JobAnswer> {
  const deadline = startDeadline(context);
  try {
    return await runUntil(deadline, context);
  } finally {
    deadline.end();
  }
}

async function runUntil(deadline: Deadline, context: JobContext): Promise<JobAnswer> {
  const { clock, log, redactor } = context;
  const start = clock.now();
  const { settings, slack, problems, warnings } = parseSettings(context.config);
  const report = createReporter({ slack, fetch: context.fetch, deadline, redactor });
  let progress = startProgress(start, null);
  let lease: RunLease | undefined;
  let end: ExportEnd;

  try {
    const store = createRunStateStore({
      store: context.store,
      clock,
      remaining: deadline.wrapUpRemaining,
      // START_FROM says where to go on, so that the checkpoint is not missed.
      onDamaged: settings?.startFrom ? () => warnings.push(DAMAGED) : undefined,
    });
    const owner = randomUUID();
    const taken = await takeRunLease({ store, clock, deadline, owner, progress: progress.record(start) });
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
      progress.alert(
        `The run before, started at ${lease.cutOff.start}, was cut off before its end; this one went on from its checkpoint.`,
      );
    }
    if (!settings) throw new ExportError('settings_invalid', problems.join(' '));
    if (lease.state.checkpointLost && settings.startFrom === '') throw damagedState('checkpointId');
    end = await startExport(settings, { ...context, lease, progress, deadline });
  } catch (error) {
    end = { moreToCome: false, failure: { error: withProblems(error, problems), logId: undefined } };
  }
  // Nothing of this run goes on behind its back.
  deadline.giveUp();

  if (end.failure) log.error({ err: toLoggedError(end.failure.error) }, inWords(end.failure.error));
  if (end.moreToCome && !end.failure) {
    const message = `More logs are waiting. ${end.reason ?? 'The time of this run was up; the next run goes on from the checkpoint.'}`;
    const hasMoved = progress.checkpoint !== (lease?.state.checkpointId ?? null);
    // A run that got nowhere looks like one that had nothing to do; one after the other would go unnoticed.
    if (hasMoved) progress.warn(message);
    else progress.alert(message);
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
              checkpoint:
                failure.logId ??
                replayFrom(failure.error, settings?.startFrom, lease?.state, progress.checkpoint),
            },
          }
        : {}),
    });
  };

  let record = finish(end.failure);
  const slackWarning = await report.run(record, progress.needsAttention);
  const daily = lease ? await report.daily(lease.state, record, clock.now()) : {};
  for (const warning of [slackWarning, daily.warning]) if (warning) progress.warn(warning);
  record = finish(end.failure);
  try {
    const patch = settings?.startFrom === '' ? { startFrom: null } : {};
    await lease?.release(record, { ...patch, ...(daily.reported ? { lastReportDate: daily.reported } : {}) });
  } catch (error) {
    log.error({ err: toLoggedError(error) }, inWords(error));
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
