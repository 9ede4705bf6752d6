import { useRef } from 'preact/hooks';
import { Badge, Button, busyAttributes, Figure, Gear, Notice } from '../../ui/components';
import { Copyable } from '../../ui/copy';
import { formatDuration, formatNumber } from '../../ui/format';
import { asksToLookIntoSegment, failureTone, TRENDS } from '../../ui/page-copy';
import { SegmentNote } from '../../ui/segment-note';
import { RelativeTime, useNow } from '../../ui/time';
import type { ReplayStart } from '../api/replay-view';
import { STATE_WORDS, type TenantDetails } from '../api/view';
import { callApi, type Reload, tenantPath, useAction } from './api';
import { CancelRun } from './cancel-run';
import { PageTitle } from './page-title';
import { describeReplay, describeSaved, describeTenant } from './tenant-copy';
import { ScheduledTime, StateBadge } from './tenant-state';

/** The switch of a tenant's schedule. */
function ScheduleSwitch({ details, onDone }: { details: TenantDetails; onDone: Reload }) {
  const { isBusy, problem, act } = useAction();
  const { isActive } = details.schedule;
  const toggle = () =>
    act(async () => {
      await callApi(tenantPath(details.summary.name, 'state'), { isActive: !isActive });
      await onDone();
    });
  return (
    <>
      <button
        type="button"
        class="switch"
        role="switch"
        aria-checked={isActive}
        aria-label="Run on schedule"
        disabled={details.summary.origin === 'declared'}
        onClick={toggle}
        {...busyAttributes(isBusy)}
      >
        <span class="switch-track" aria-hidden="true" />
        {isActive ? 'On' : 'Off'}
      </button>
      {problem && (
        <p class="field-problem small" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

/** When it runs, and up to where it has exported. */
function ScheduleFacts({
  details,
  onStart,
  onDone,
}: {
  details: TenantDetails;
  /** `undefined` where START_FROM is declared elsewhere. */
  onStart: (() => void) | undefined;
  onDone: Reload;
}) {
  const { schedule, summary, checkpoint } = details;
  return (
    <dl class="facts">
      <div>
        <dt>Run on schedule</dt>
        <dd>
          <ScheduleSwitch details={details} onDone={onDone} />
        </dd>
      </div>
      <div>
        <dt>Schedule</dt>
        <dd>
          {schedule.description}
          <code class="muted small block">{schedule.cron}</code>
        </dd>
      </div>
      <div>
        <dt>Next run ({schedule.timeZone})</dt>
        <dd>
          {summary.nextRun === null ? (
            <span class="muted">None while it is off</span>
          ) : (
            <ScheduledTime iso={summary.nextRun} timeZone={schedule.timeZone} />
          )}
        </dd>
      </div>
      <div>
        <dt>Checkpoint</dt>
        <dd>
          {checkpoint ? (
            <Copyable text={checkpoint} name="the checkpoint" short />
          ) : (
            <span class="muted">None yet</span>
          )}
          {onStart && (
            <div>
              <Button kind="plain" class="fact-button" onClick={onStart}>
                Start from…
              </Button>
            </div>
          )}
        </dd>
      </div>
    </dl>
  );
}

/** How far behind it is, and the last day in figures. */
function Tiles({ details: { now: asOf, lag, day, summary } }: { details: TenantDetails }) {
  const now = useNow();
  return (
    <dl class="figures">
      <Figure name="Behind real time" note={TRENDS[lag.trend]}>
        {lag.lag === null ? '–' : formatDuration(lag.lag + Math.max(0, now - Date.parse(asOf)))}
      </Figure>
      <Figure name="Events sent today" note="since midnight UTC">
        {formatNumber(summary.eventsToday)}
      </Figure>
      <Figure
        name="Failed runs, 24 h"
        tone={failureTone(day.failed, day.runs)}
        note={`of ${formatNumber(day.runs)}`}
      >
        {formatNumber(day.failed)}
      </Figure>
      <Figure name="Rejected calls, 24 h" tone={day.rejected > 0 ? 'warn' : 'plain'}>
        {formatNumber(day.rejected)}
      </Figure>
    </dl>
  );
}

/** Whether START_FROM is entered here, and not declared elsewhere. */
export const canReplay = ({ fields }: TenantDetails) =>
  fields.some(({ name, setBy }) => name === 'START_FROM' && setBy === '');

/** Why the last run failed, and the way to send again what it did not. */
function FailureNotice({
  failure,
  onReplay,
}: {
  failure: NonNullable<TenantDetails['failure']>;
  onReplay: ((checkpoint: string) => void) | undefined;
}) {
  const { message, start, checkpoint, kind } = failure;
  return (
    <Notice
      tone={kind === 'cancelled' ? 'warn' : 'bad'}
      title={kind === 'failed' ? 'The last run failed' : `The last run was ${kind}`}
    >
      <p class="message">{message}</p>
      {kind !== 'failed' && (
        <p class="muted small">
          It began <RelativeTime iso={start} />.
        </p>
      )}
      {checkpoint && (
        <div class="replay">
          <span>
            Checkpoint ID: <Copyable text={checkpoint} name="the checkpoint ID" />
          </span>
          {onReplay ? (
            <Button onClick={() => onReplay(checkpoint)}>Replay from here</Button>
          ) : (
            <span class="muted small">
              To replay from it, put it into START_FROM where this tenant is declared.
            </span>
          )}
        </div>
      )}
    </Notice>
  );
}

/** What Slack did not take: nobody reads it there. */
function SlackNotice({ at, message }: NonNullable<TenantDetails['summary']['slackFailure']>) {
  return (
    <Notice tone="warn" title="Last Slack report failed">
      <p class="message">{message}</p>
      <p class="muted small">
        That was <RelativeTime iso={at} />. The next report that Slack takes, or a test message, ends this
        notice.
      </p>
    </Notice>
  );
}

/** Something that was done above a tenant's page, and takes effect with a run. */
export interface Done {
  /** Milliseconds since 1970, by the clock of the host: as new as what was known then. */
  at: number;
  /** With which log the run starts; `undefined`: something was saved. */
  replay: ReplayStart | undefined;
}

/** Says what was done, and when it takes effect, until a run has begun; of a replay, until the run after it begins. */
function DoneNotice({
  done,
  details,
  isBusy,
  onRun,
}: {
  done: Done;
  details: TenantDetails;
  isBusy: boolean;
  onRun: () => void;
}) {
  const now = useNow();
  const { running, summary } = details;
  const lastStart = summary.lastRun?.start ?? '';
  const hasEnded = Date.parse(lastStart) > done.at;
  const ended = useRef('');
  if (!hasEnded) ended.current = '';
  else if (ended.current === '') ended.current = lastStart;
  // As long as nothing newer is known, neither is when the next run is.
  if (Date.parse(details.now) <= done.at) return null;
  if (done.replay) {
    const isOver = hasEnded && (running !== null || ended.current !== lastStart);
    return isOver ? null : <Notice tone="good" title={describeReplay(done.replay, hasEnded)} />;
  }
  if (hasEnded || Date.parse(running?.startedAt ?? '') > done.at) return null;
  return (
    <Notice tone="good" title={describeSaved(details, now)}>
      {!running && (
        <p>
          <Button isBusy={isBusy} onClick={onRun}>
            Run now
          </Button>
        </p>
      )}
    </Notice>
  );
}

/** What can be done above a tenant's page. */
export type Open =
  | { kind: 'settings' | 'schedule' | 'token' | 'remove' }
  | { kind: 'replay'; checkpoint: string };

/** What the page of a tenant is about, with what can be done. */
export function TenantHead({
  details,
  waitsFor,
  isOnly,
  done,
  isSandbox,
  onOpen,
  onDone,
}: {
  details: TenantDetails;
  /** What a run under way tries again, and why; empty where it does not wait. */
  waitsFor: string;
  isOnly: boolean;
  done: Done | undefined;
  /** Whether Segment is played by this machine. */
  isSandbox: boolean;
  onOpen: (open: Open) => void;
  onDone: Reload;
}) {
  const { summary, running, problems } = details;
  const { isBusy, problem, act } = useAction();
  const now = useNow();
  const run = () =>
    act(async () => {
      await callApi(tenantPath(summary.name, 'run'), {});
      await onDone();
    });
  return (
    <section class="card summary" aria-label="Tenant">
      {!isOnly && (
        <nav aria-label="Breadcrumb" class="small breadcrumb">
          <a href="#/">All tenants</a>
        </nav>
      )}
      <div class="card-head tenant-head">
        <div class="tenant-names">
          <PageTitle title={`${STATE_WORDS[summary.state]}: ${summary.name}`}>{summary.name}</PageTitle>
          <p class="muted small">{summary.domain}</p>
        </div>
        <div class="actions">
          <Button onClick={() => onOpen({ kind: 'settings' })}>
            <Gear /> Settings
          </Button>
          <Button onClick={() => onOpen({ kind: 'schedule' })}>Reschedule</Button>
          <Button kind="main" isBusy={isBusy || running !== null} onClick={run}>
            Run now
          </Button>
        </div>
      </div>
      {problem && (
        <p class="field-problem message" role="alert">
          {problem}
        </p>
      )}
      <div class="summary-state" role="status">
        <StateBadge state={summary.state} />
        {running && <Badge tone="busy">Running</Badge>}
        <CancelRun details={details} onDone={onDone} />
      </div>
      <p class="lead">{describeTenant(details, now)}</p>
      {running && waitsFor && <p class="message muted">{waitsFor}</p>}
      {!isSandbox && !details.failure && asksToLookIntoSegment(details.chart) && (
        <SegmentNote keyEnd={details.fields.find(({ name }) => name === 'SEGMENT_KEY')?.hint ?? ''} />
      )}
      {done && <DoneNotice done={done} details={details} isBusy={isBusy} onRun={run} />}
      {problems.length > 0 && (
        <Notice tone="warn" title="No run can succeed until the settings are right">
          {problems.map((text) => (
            <p key={text} class="message">
              {text}
            </p>
          ))}
        </Notice>
      )}
      {details.warnings.length > 0 && (
        <Notice tone="warn" title="A setting is taken for another value">
          {details.warnings.map((text) => (
            <p key={text} class="message">
              {text}
            </p>
          ))}
        </Notice>
      )}
      {details.failure && (
        <FailureNotice
          failure={details.failure}
          onReplay={canReplay(details) ? (checkpoint) => onOpen({ kind: 'replay', checkpoint }) : undefined}
        />
      )}
      {summary.slackFailure && <SlackNotice {...summary.slackFailure} />}
      <Tiles details={details} />
      <ScheduleFacts
        details={details}
        onStart={canReplay(details) ? () => onOpen({ kind: 'replay', checkpoint: '' }) : undefined}
        onDone={onDone}
      />
      {summary.origin === 'declared' && (
        <p class="muted small declared">
          Declared in TENANTS_FILE: settings, schedule and switch are changed there, and take effect by
          themselves.
        </p>
      )}
    </section>
  );
}
