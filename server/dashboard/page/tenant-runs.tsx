import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Badge, Button, Card, Pager, SegmentedControl } from '../../ui/components';
import { Copyable } from '../../ui/copy';
import { formatDuration, formatNumber, formatTime } from '../../ui/format';
import { OUTCOME_TONES } from '../../ui/page-copy';
import { RunDetails } from '../../ui/run-details';
import { AbsoluteTime, ZoneNote } from '../../ui/time';
import type { RunDetails as Details, RunList, RunSummary } from '../api/view';
import { tenantPath } from './api';
import { LogLines } from './live-log';
import { replaceRoute, useInterval, useLoaded } from './use-live';

const PAUSE_MS = 500;
const PROGRESS_MS = 2_000;

/** What is asked of the runs of a tenant. */
interface RunsView {
  page: number;
  failedOnly: boolean;
}

/** The way to a replay from a failed run's checkpoint. */
function ReplayFrom({
  checkpoint,
  onReplay,
}: {
  checkpoint: string;
  onReplay: ((checkpoint: string) => void) | undefined;
}) {
  return (
    <div class="replay">
      <span>
        Checkpoint ID: <Copyable text={checkpoint} name="the checkpoint ID" />
      </span>
      {onReplay && <Button onClick={() => onReplay(checkpoint)}>Replay from here</Button>}
    </div>
  );
}

/** A run in full: its figures, rejected calls and lines. */
function OpenRun({
  tenant,
  id,
  isRunning,
  onReplay,
}: {
  tenant: string;
  id: string;
  isRunning: boolean;
  onReplay: ((checkpoint: string) => void) | undefined;
}) {
  const {
    data: run,
    problem,
    reload,
  } = useLoaded<Details>(tenantPath(tenant, `runs/${encodeURIComponent(id)}`), PAUSE_MS);
  useInterval(reload, PROGRESS_MS, isRunning);
  const wasRunning = useRef(isRunning);
  useEffect(() => {
    // Once more when it has ended.
    if (wasRunning.current && !isRunning) reload();
    wasRunning.current = isRunning;
  }, [isRunning, reload]);
  if (problem && !run) return <p class="field-problem message">{problem}</p>;
  if (!run) return <p class="muted">Loading…</p>;
  const lines: ComponentChildren = (
    <div>
      <h3>Log lines</h3>
      {run.linesLeftOut > 0 && (
        <p class="muted small">The first {formatNumber(run.linesLeftOut)} are no longer kept.</p>
      )}
      {run.lines.length > 0 ? (
        <LogLines lines={run.lines.map((text, key) => ({ key, text }))} />
      ) : (
        <p class="muted small">None are kept.</p>
      )}
    </div>
  );
  return (
    <>
      {run.dueAt && (
        <p class="muted small spaced">
          Due {formatTime(Date.parse(run.dueAt))}, run <code>{run.id}</code>
        </p>
      )}
      {run.record ? (
        <RunDetails
          run={run.record}
          replay={(checkpoint) => <ReplayFrom checkpoint={checkpoint} onReplay={onReplay} />}
        >
          {lines}
        </RunDetails>
      ) : (
        lines
      )}
    </>
  );
}

/** How a run ended, in a word. */
function ResultBadge({ result }: Pick<RunSummary, 'result'>) {
  return <Badge tone={result === 'Running' ? 'busy' : OUTCOME_TONES[result]}>{result}</Badge>;
}

/** What made a run begin. */
function triggerLabel(trigger: RunSummary['trigger']): string {
  switch (trigger) {
    case 'schedule':
      return 'Schedule';
    case 'missed':
      return 'Catch-up run';
    case 'start':
      return 'Start of the host';
    case 'manual':
      return 'Run now';
    case 'command':
      return 'Command line';
    case 'stream':
      return 'Log stream';
    default:
      return '–';
  }
}

const COLUMNS = 7;

/** A run in the list, and below it its details while they are open. */
function RunRows({
  run,
  isOpen,
  onToggle,
  children,
}: {
  run: RunSummary;
  isOpen: boolean;
  onToggle: () => void;
  /** The details. */
  children: ComponentChildren;
}) {
  const id = useId();
  const isSeveral = run.runs > 1;
  return (
    <tbody class={isOpen ? 'is-open' : ''} data-run={run.id}>
      <tr>
        <td data-label="Result">
          <ResultBadge result={run.result} />
        </td>
        <td data-label="Started" class="nowrap">
          <AbsoluteTime iso={run.start} />
          {isSeveral && run.end && (
            <span class="muted small block">
              {formatNumber(run.runs)} runs until <AbsoluteTime iso={run.end} />
            </span>
          )}
        </td>
        <td data-label="Trigger" class="nowrap">
          {triggerLabel(run.trigger)}
          {isSeveral && <span class="muted small block">The last of them</span>}
          {run.isReplay && <span class="muted small block is-replay">Replay</span>}
        </td>
        <td data-label="Duration" class="nowrap number">
          {run.end && !isSeveral ? formatDuration(Date.parse(run.end) - Date.parse(run.start)) : '–'}
        </td>
        <td data-label="Events sent" class="number">
          {formatNumber(run.eventsSent)}
        </td>
        <td data-label="Outcome" class="wide-cell">
          <span class="clamp">{run.outcome}</span>
        </td>
        <td class="row-end">
          {/* What the former version kept has no id to ask for. */}
          {run.id !== '' && (
            <Button
              kind="plain"
              aria-expanded={isOpen}
              aria-controls={isOpen ? id : undefined}
              onClick={onToggle}
            >
              {isOpen ? 'Close' : 'Details'}
              <span class="visually-hidden"> of the run of {formatTime(Date.parse(run.start))}</span>
            </Button>
          )}
        </td>
      </tr>
      {isOpen && (
        <tr class="details-row" id={id}>
          <td colSpan={COLUMNS}>{children}</td>
        </tr>
      )}
    </tbody>
  );
}

/** The runs of a tenant, newest first, with details that open in place. */
export function RunsCard({
  tenant,
  list,
  openRun,
  view,
  timeZone,
  onView,
  onReplay,
}: {
  tenant: string;
  /** `undefined` until it is there. */
  list: RunList | undefined;
  /** Id of the run whose details are open; empty where none is. */
  openRun: string;
  view: RunsView;
  /** Of the tenant's schedule. */
  timeZone: string;
  onView: (view: RunsView) => void;
  /** `undefined` where it cannot be done here. */
  onReplay: ((checkpoint: string) => void) | undefined;
}) {
  const runs = list?.runs ?? [];
  const show = (run: string) => replaceRoute({ page: 'tenant', name: tenant, run });
  const isElsewhere = openRun !== '' && list !== undefined && !runs.some(({ id }) => id === openRun);
  return (
    <Card
      title="Runs"
      aside={
        <SegmentedControl
          label="Which runs to show"
          options={[
            { value: 'all', text: 'All runs' },
            { value: 'failed', text: 'Failed' },
          ]}
          value={view.failedOnly ? 'failed' : 'all'}
          onChange={(which) => onView({ page: 1, failedOnly: which === 'failed' })}
        />
      }
    >
      {isElsewhere && (
        <section class="elsewhere" aria-label="The run that was asked for">
          <div class="details-head">
            <h3>The run that was asked for</h3>
            <Button kind="plain" onClick={() => show('')}>
              Close
            </Button>
          </div>
          <OpenRun key={openRun} tenant={tenant} id={openRun} isRunning={false} onReplay={onReplay} />
        </section>
      )}
      <ZoneNote scheduleZone={timeZone} />
      {runs.length > 0 ? (
        <table class="table runs">
          <thead>
            <tr>
              <th scope="col">Result</th>
              <th scope="col">Started</th>
              <th scope="col">Trigger</th>
              <th scope="col" class="number">
                Duration
              </th>
              <th scope="col" class="number">
                Events sent
              </th>
              <th scope="col">Outcome</th>
              <th scope="col">
                <span class="visually-hidden">Details</span>
              </th>
            </tr>
          </thead>
          {runs.map((run) => (
            <RunRows
              key={run.id || run.start}
              run={run}
              isOpen={openRun !== '' && openRun === run.id}
              onToggle={() => show(openRun === run.id ? '' : run.id)}
            >
              <OpenRun tenant={tenant} id={run.id} isRunning={run.result === 'Running'} onReplay={onReplay} />
            </RunRows>
          ))}
        </table>
      ) : (
        <p class="muted nothing">
          {!list
            ? 'Loading…'
            : view.failedOnly
              ? 'None of the runs that are kept has failed.'
              : 'It has not run yet.'}
        </p>
      )}
      {list && (
        <Pager
          label="Pages of runs"
          page={list.page}
          perPage={list.perPage}
          total={list.total}
          shown={runs.filter(({ result }) => result !== 'Running').length}
          onPage={(page) => onView({ ...view, page })}
        />
      )}
    </Card>
  );
}
