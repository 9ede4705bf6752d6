import { randomUUID } from 'node:crypto';
import type { BaseLogger } from 'pino';
import { changedChoices } from '../choices/read-choices';
import { describeError, ExportError, isCancelled, isTransientCode, toLoggedError } from '../errors';
import type { Redactor } from '../redactor';
import { eventsSent } from '../run-words';
import type { SegmentCall } from '../segment/calls';
import type { Delivery } from '../segment/deliver';
import type { ParsedSettings } from '../settings';
import { createReporter } from '../slack/reporter';
import { acquireLease, type RunLease } from '../storage/lease';
import { addSums, sumRuns } from '../storage/run-history';
import { damagedState, type Lease, type RunRecord, type RunState } from '../storage/run-state';
import type { OpenRunStore, RunHistory } from '../storage/run-store';
import { type Clock, createDeadline, type Deadline } from '../time';
import type { ExportEnd } from './export-logs';
import { createProgress, type RunProgress } from './progress';

/**
 * The id to replay from after a failure that no single log is to blame for: START_FROM as long as its first
 * batch has not been passed, else the checkpoint. None after a START_FROM that Auth0 does not know: it is to be
 * corrected or cleared, and nothing else is to be put there.
 *
 * @param error what the run failed with
 * @param startFrom the setting, if there are settings
 * @param before the state as the run found it, if it could be read
 * @param checkpoint as far as the run has come
 */
export function replayFrom(
  error: unknown,
  startFrom: string | undefined,
  before: Pick<RunState, 'startFrom' | 'checkpointId'> | undefined,
  checkpoint: string | null,
): string | null {
  if (error instanceof ExportError && error.code === 'start_from_unknown') return null;
  const hasMoved = checkpoint !== (before?.checkpointId ?? null);
  return startFrom && startFrom !== before?.startFrom && !hasMoved ? startFrom : checkpoint;
}

/**
 * A failure together with what is wrong in the settings, where it does not name that itself: whoever mends the
 * one should know of the other.
 */
function withProblems(error: unknown, problems: readonly string[]): unknown {
  if (problems.length === 0 || !(error instanceof ExportError) || error.code === 'settings_invalid')
    return error;
  return new ExportError(error.code, `${error.reason} ${problems.join(' ')}`, error);
}

/** What a run is given by whoever hosts it. */
export interface RunOptions {
  store: OpenRunStore;
  /** The run's id, under which it holds the lease: random, for this run alone. One is made where none is given. */
  id?: string | undefined;
  log: Pick<BaseLogger, 'info' | 'error'>;
  /** Milliseconds until the run must have ended by itself. */
  budgetMs: number;
  /**
   * Fires when the run is to end soon. Where its reason is an {@link ExportError}, that is what a run failed with that
   * it kept from reading everything.
   */
  stop?: AbortSignal | undefined;
  /** Called each time the checkpoint has passed a batch. */
  onProgress?: ((record: RunRecord) => void) | undefined;
  /** Called with the calls of each batch that went to Segment, and what became of them. */
  onDelivered?: ((calls: readonly SegmentCall[], delivery: Delivery) => void) | undefined;
}

/** What the export of a run is made with. */
export interface RunDependencies extends Pick<RunOptions, 'stop' | 'log' | 'onProgress' | 'onDelivered'> {
  lease: RunLease;
  progress: RunProgress;
  deadline: Deadline;
}

/** What a run is made of. */
interface Job extends RunOptions {
  parsed: ParsedSettings;
  clock: Clock;
  fetch: typeof fetch;
  redactor: Redactor;
  /** Exports what is outstanding, under the run's lease. */
  exportOutstanding: (parts: RunDependencies) => Promise<ExportEnd>;
}

/** A run's answer: HTTP status and body, as the cron view shows them. */
export type JobAnswer =
  | { statusCode: 200 | 500; body: { status: RunRecord; checkpoint: string | null } }
  | { statusCode: 409; body: { error: string; message: string } };

const DAMAGED =
  'The stored state was damaged and has been replaced: the export started with the log that START_FROM names.';

/** The end of a run that was cancelled before it had read everything: neither a success nor the peer's fault. */
function cancelledEnd(end: ExportEnd, stop: AbortSignal | undefined): ExportEnd {
  const reason: unknown = stop?.aborted ? stop.reason : undefined;
  if (!(reason instanceof ExportError)) return end;
  const { failure, moreToCome } = end;
  const error = failure?.error;
  if (error === undefined)
    return moreToCome ? { moreToCome: false, failure: { error: reason, logId: undefined } } : end;
  if (!(error instanceof ExportError) || !isTransientCode(error.code)) return end;
  const before = error.code === 'out_of_time' ? '' : ` Before that: ${error.reason}`;
  const cancelled = new ExportError(reason.code, `${reason.reason}${before}`, error);
  return { moreToCome: false, failure: { error: cancelled, logId: failure?.logId } };
}

/** How far a run has come. */
interface Run {
  /** `undefined` where the stored state could not be read. */
  lease: RunLease | undefined;
  history: RunHistory;
  progress: RunProgress;
  end: ExportEnd;
}

/**
 * One run of the export: takes the lease, exports what is outstanding until nothing is left or the
 * time is up, and ends with a record in the storage, a report to Slack and an answer.
 *
 * @returns 200 when it succeeded, 500 when it failed, 409 when another run holds the lease; never throws
 */
export async function runJob(job: Job): Promise<JobAnswer> {
  const deadline = createDeadline(job);
  try {
    return await runUntil(deadline, job);
  } finally {
    deadline.end();
  }
}

async function runUntil(deadline: Deadline, job: Job): Promise<JobAnswer> {
  const { parsed, clock, log, redactor } = job;
  const started = clock.now();
  const report = createReporter({ slack: parsed.slack, fetch: job.fetch, deadline, redactor });

  const run = await exportUnderLease(job, started, deadline);
  // Nothing of this run continues behind its back.
  deadline.abort();
  if ('heldBy' in run) {
    log.info({ since: run.heldBy.startedAt }, 'another run is under way');
    return runUnderWay(run.heldBy);
  }
  const { lease, history, progress } = run;
  run.end = cancelledEnd(run.end, job.stop);
  logFailure(job, run.end.failure);
  if (run.end.moreToCome && !run.end.failure) tellMoreToCome(run, job.stop);

  const slackWarning = await report.run(recordOf(job, run), progress.needsAttention);
  const sumUp = async (span: { from: number; until: number }) =>
    addSums(await history.sums(span), sumRuns([recordOf(job, run)], span));
  const daily = lease ? await report.daily(lease.state, sumUp, clock.now()) : {};
  for (const warning of [slackWarning, daily.warning]) if (warning) progress.warn(warning);

  let record = recordOf(job, run);
  try {
    const patch = parsed.settings?.startFrom === '' ? { startFrom: null, startFromUsedAt: null } : {};
    const slackFailure = report.failureAfter(lease?.state.slackFailure, clock.now());
    const acted = record.changed ? { chosen: parsed.settings?.chosen } : {};
    await lease?.release(record, {
      ...patch,
      ...acted,
      ...(daily.reported ? { lastReportDate: daily.reported } : {}),
      ...(slackFailure === undefined ? {} : { slackFailure }),
    });
  } catch (error) {
    const failure = { error, logId: undefined };
    logFailure(job, failure);
    if (!run.end.failure) {
      run.end = { moreToCome: false, failure };
      record = recordOf(job, run);
      await report.run(record, true);
    }
  }

  const { logsRead, batches, checkpoint } = record;
  const rejected = record.rejected.length;
  const { failure } = run.end;
  const end = isCancelled(failure?.error) ? 'run cancelled' : failure ? 'run failed' : 'run finished';
  const figures = { logsRead, eventsSent: eventsSent(record), ...(rejected > 0 && { rejected }) };
  log.info({ ...figures, batches, checkpoint }, end);
  return { statusCode: run.end.failure ? 500 : 200, body: { status: record, checkpoint } };
}

/** Takes the lease and exports, or says who holds it. What fails is the run's end. */
async function exportUnderLease(
  job: Job,
  started: number,
  deadline: Deadline,
): Promise<Run | { heldBy: Lease }> {
  const { clock, stop, log, onProgress, onDelivered, id = randomUUID() } = job;
  const { settings, problems } = job.parsed;
  const warnings = [...job.parsed.warnings];
  let progress = createProgress(started, null);
  let lease: RunLease | undefined;
  const { state, history } = job.store({
    remaining: deadline.wrapUpRemaining,
    // START_FROM says where to go on, so that the checkpoint is not missed.
    onDamaged: settings?.startFrom ? () => warnings.push(DAMAGED) : undefined,
  });
  try {
    const taken = await acquireLease({
      store: state,
      clock,
      deadline,
      owner: id,
      progress: progress.record(started),
    });
    if ('heldBy' in taken) return taken;
    lease = taken.lease;
    progress = createProgress(started, lease.state.checkpointId);
    for (const warning of warnings) progress.warn(warning);
    if (lease.interruptedRun) {
      progress.alert(
        `The run before, started at ${lease.interruptedRun.start}, was cut off before its end; this one resumed from its checkpoint.`,
      );
    }
    if (!settings) throw new ExportError('settings_invalid', problems.join(' '));
    progress.noteChanged(changedChoices(lease.state.chosen ?? {}, settings.chosen));
    if (lease.state.checkpointLost && settings.startFrom === '') throw damagedState('checkpointId');
    return {
      lease,
      history,
      progress,
      end: await job.exportOutstanding({ lease, progress, deadline, stop, log, onProgress, onDelivered }),
    };
  } catch (error) {
    const failure = { error: withProblems(error, problems), logId: undefined };
    return { lease, history, progress, end: { moreToCome: false, failure } };
  }
}

function runUnderWay({ startedAt, owner }: Lease): JobAnswer {
  return {
    statusCode: 409,
    body: {
      error: 'run_under_way',
      message: `Another run is under way since ${startedAt} (${owner}). This one exported nothing; the next trigger tries again.`,
    },
  };
}

function logFailure({ log }: Job, failure: ExportEnd['failure']): void {
  if (!failure) return;
  const fields = { err: toLoggedError(failure.error) };
  // Nothing is broken where somebody wanted the end.
  if (isCancelled(failure.error)) log.info(fields, describeError(failure.error));
  else log.error(fields, describeError(failure.error));
}

function tellMoreToCome({ lease, progress, end }: Run, stop: AbortSignal | undefined): void {
  const message = `More logs are waiting. ${end.reason ?? 'The time of this run was up; the next run resumes from its checkpoint.'}`;
  const hasMoved = progress.checkpoint !== (lease?.state.checkpointId ?? null);
  // A run that got nowhere looks like one that had nothing to do; one after the other would go unnoticed. Not so where
  // somebody stopped it.
  if (hasMoved || stop?.aborted) progress.warn(message);
  else progress.alert(message);
}

/** The run's record as of now. */
function recordOf({ clock, redactor, parsed }: Job, { lease, progress, end }: Run): RunRecord {
  const { moreToCome, failure } = end;
  const record = progress.record(clock.now());
  const replayableFrom = (error: unknown) =>
    replayFrom(error, parsed.settings?.startFrom, lease?.state, progress.checkpoint);
  return redactor.data({
    ...record,
    ...(moreToCome ? { moreToCome: true as const } : {}),
    ...(failure
      ? {
          error: {
            message: describeError(failure.error),
            checkpoint: failure.logId ?? replayableFrom(failure.error),
            ...(failure.error instanceof ExportError ? { code: failure.error.code } : {}),
          },
        }
      : {}),
  });
}
