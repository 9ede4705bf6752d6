import type { ComponentChildren } from 'preact';
import { eventsSent, formatRequests, hasFailed, leftOut } from '../../src/run-words';
import type { RejectedCall, RunRecord } from '../../src/storage/run-state';
import { Button, Card, Notice } from './components';
import { Copyable } from './copy';
import { formatNumber, formatTime } from './format';
import { RelativeTime } from './time';

/** Leads to a replay from a log. */
type OnReplay = ((logId: string) => void) | undefined;

/** Calls that could not be delivered: which log, which call, why. */
function RejectedList({
  calls,
  onReplay,
}: {
  calls: readonly (RejectedCall & { run?: string; isReplayed?: boolean })[];
  onReplay?: OnReplay;
}) {
  return (
    <ul class="rejected">
      {calls.map((call, place) => (
        <li key={`${call.logId} ${call.call} ${place}`}>
          <Copyable text={call.logId} name="log id" short />
          <span>
            {call.reason}{' '}
            <span class="muted small">
              {call.call}
              {call.run && (
                <>
                  , <RelativeTime iso={call.run} />
                </>
              )}
            </span>
          </span>
          {call.isReplayed && <span class="muted small">Replayed since</span>}
          {onReplay && !call.isReplayed && (
            <Button
              class="button-small"
              aria-label={`Replay from here: log ${call.logId}`}
              onClick={() => onReplay(call.logId)}
            >
              Replay from here
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The newest rejected calls of all runs; without any there is nothing to see. */
export function RejectedCard({
  rejected,
  onReplay,
}: {
  rejected: readonly (RejectedCall & { run: string; isReplayed?: boolean })[];
  /** Left out: a replay is begun elsewhere. */
  onReplay?: OnReplay;
}) {
  if (rejected.length === 0) return null;
  return (
    <Card title="Rejected calls">
      <p class="muted spaced">
        These were rejected for good and are not tried again by themselves; everything around them was sent.
        To send one again when its cause is gone,{' '}
        {onReplay ? (
          'replay from it: everything after it is sent again, too,'
        ) : (
          <>
            put its log id into <code>START_FROM</code>: the export resumes from there,
          </>
        )}{' '}
        and Segment recognises what it has had.
      </p>
      <RejectedList calls={rejected} onReplay={onReplay} />
    </Card>
  );
}

/** What leads from a checkpoint to a replay from it, in place of the sentence that says how to do it by hand. */
type Replay = (checkpoint: string) => ComponentChildren;

/** Why a run failed, what to do, and where a replay starts. */
export function RunError({
  error,
  replay,
}: {
  error: NonNullable<RunRecord['error']>;
  replay?: Replay | undefined;
}) {
  return (
    <div class="run-error">
      <p class="message">{error.message}</p>
      {error.checkpoint && !replay && (
        <>
          <p class="muted">
            Checkpoint ID, as <code>START_FROM</code> takes it for a replay:
          </p>
          <Copyable text={error.checkpoint} name="the checkpoint to replay from" />
        </>
      )}
      {error.checkpoint && replay?.(error.checkpoint)}
    </div>
  );
}

/** Counts by name, in words, the largest first. */
const counts = (by: Record<string, number>) =>
  Object.entries(by)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${formatNumber(count)} ${name}`)
    .join(', ');

const exact = (iso: string) => (Number.isNaN(Date.parse(iso)) ? 'unknown' : formatTime(Date.parse(iso)));

/** What of a run's record is shown. */
type RunFigures = Pick<
  RunRecord,
  | 'start'
  | 'end'
  | 'runs'
  | 'lastStart'
  | 'startCheckpoint'
  | 'startedFrom'
  | 'checkpoint'
  | 'logsRead'
  | 'logsProcessed'
  | 'batches'
  | 'skipped'
  | 'rejected'
  | 'events'
  | 'users'
  | 'requests'
  | 'withoutUserIdField'
  | 'changed'
  | 'warning'
  | 'error'
>;

/** Ids of logs that a run began and ended with. */
const CHECKPOINTS = [
  ['startedFrom', 'Replay: started with this log, as START_FROM says', 'the log that it started with'],
  ['startCheckpoint', 'Checkpoint at its start', 'the checkpoint at its start'],
  ['checkpoint', 'Checkpoint at its end', 'the checkpoint at its end'],
] as const;

/** Everything that is known of a run. */
export function RunDetails({
  run,
  replay,
  children,
}: {
  run: RunFigures;
  replay?: Replay;
  /** What else is known of it. */
  children?: ComponentChildren;
}) {
  const facts: [string, string][] = [
    ...(run.runs === undefined ? [] : [['Runs', formatNumber(run.runs)] as [string, string]]),
    [run.lastStart ? 'First started' : 'Started', exact(run.start)],
    ...(run.lastStart ? [['Last started', exact(run.lastStart)] as [string, string]] : []),
    ['Ended', exact(run.end)],
    ['Logs read', formatNumber(run.logsRead)],
    ['Events sent', [formatNumber(eventsSent(run)), counts(run.events ?? {})].filter(Boolean).join(': ')],
    ['Left out', leftOut(run).join(', ')],
    ['Rejected', run.rejected.length > 0 ? formatNumber(run.rejected.length) : ''],
    ['Batches', formatNumber(run.batches)],
    ...(run.withoutUserIdField
      ? [
          ['Sent with the Auth0 id, for want of USER_ID_FIELD', formatNumber(run.withoutUserIdField)] as [
            string,
            string,
          ],
        ]
      : []),
    ...(run.users === undefined ? [] : [['Users looked up', formatNumber(run.users)] as [string, string]]),
    ...(run.requests ? [['Requests', formatRequests(run.requests)] as [string, string]] : []),
    ...(run.changed ?? []).map(({ name, from, to }): [string, string] => [
      `${name} since this run`,
      `${to || 'default'} (before: ${from || 'default'})`,
    ]),
  ];
  return (
    <div class="details">
      {run.error && (
        <Notice
          tone={hasFailed(run) ? 'bad' : 'warn'}
          title={hasFailed(run) ? 'Why it failed, and what to do' : 'It was cancelled'}
        >
          <RunError error={run.error} replay={replay} />
        </Notice>
      )}
      {run.warning && (
        <Notice tone="warn" title="Warning">
          <p>{run.warning}</p>
        </Notice>
      )}
      <dl class="facts">
        {facts
          .filter(([, value]) => value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        {CHECKPOINTS.map(([name, label, what]) =>
          run[name] || name !== 'startedFrom' ? (
            <div key={name} class="wide">
              <dt>{label}</dt>
              <dd>{run[name] ? <Copyable text={run[name]} name={what} /> : 'none'}</dd>
            </div>
          ) : null,
        )}
      </dl>
      {run.rejected.length > 0 && (
        <div>
          <h3>Rejected calls</h3>
          <RejectedList calls={run.rejected} />
        </div>
      )}
      {children}
    </div>
  );
}
