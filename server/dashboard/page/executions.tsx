import { useEffect, useState } from 'preact/hooks';
import type { Execution } from '../../runs/executions';
import { Badge, Button, Card, Notice, SegmentedControl } from '../../ui/components';
import { Copyable, CopyButton } from '../../ui/copy';
import { formatDuration, formatTime } from '../../ui/format';
import { AbsoluteTime } from '../../ui/time';
import type { ExecutionSummary } from '../api/types';
import { callApi, describeProblem } from './api';
import { LogLines } from './live-log';

/** Why a run failed, and where to go on from. */
interface Failure {
  message: string;
  /** Put into START_FROM, it replays from the log that was not delivered. */
  checkpoint: string | null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The failure in an execution's answer, where it is that of a run that failed. */
function failureOf(body: unknown): Failure | undefined {
  const error = isObject(body) && isObject(body.status) ? body.status.error : undefined;
  if (!isObject(error) || typeof error.message !== 'string') return undefined;
  return {
    message: error.message,
    checkpoint: typeof error.checkpoint === 'string' ? error.checkpoint : null,
  };
}

/** Why a run failed, with the checkpoint to copy. */
function FailureNotice({ failure }: { failure: Failure }) {
  return (
    <Notice tone="bad" title="This run failed">
      <p>{failure.message}</p>
      {failure.checkpoint && (
        <p>
          Replay from <Copyable text={failure.checkpoint} name="the checkpoint ID" /> by putting it into
          START_FROM (<a href="#/installed">Installed Extensions</a>, gear icon).
        </p>
      )}
    </Notice>
  );
}

/** An execution in full: when it was due and ran, what it answered and what it logged. */
function ExecutionDetails({ summary }: { summary: ExecutionSummary }) {
  const [execution, setExecution] = useState<Execution>();
  const [problem, setProblem] = useState('');
  const { id, completed_at } = summary;
  // Asked for again when it has ended.
  useEffect(() => {
    callApi<Execution>(`/api/executions/${id}`).then(setExecution, (error: unknown) =>
      setProblem(describeProblem(error)),
    );
  }, [id, completed_at]);
  if (problem) return <p class="field-problem">{problem}</p>;
  if (!execution) return <p class="muted">Loading…</p>;
  const body = JSON.stringify(execution.body, null, 2);
  const failure = failureOf(execution.body);
  return (
    <div class="details">
      {failure && <FailureNotice failure={failure} />}
      <dl class="facts">
        <div>
          <dt>Scheduled</dt>
          <dd>{formatTime(Date.parse(execution.scheduled_at))}</dd>
        </div>
        <div>
          <dt>Started</dt>
          <dd>{formatTime(Date.parse(execution.started_at))}</dd>
        </div>
        <div>
          <dt>Completed</dt>
          <dd>{execution.completed_at ? formatTime(Date.parse(execution.completed_at)) : 'Still running'}</dd>
        </div>
      </dl>
      {execution.completed_at && (
        <div>
          <h3 class="details-head">
            Result <CopyButton text={body} name="the result" />
          </h3>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <pre class="code-block" tabIndex={0}>
            {body}
          </pre>
        </div>
      )}
      <div>
        <h3 class="details-head">Logged</h3>
        {execution.linesLeftOut > 0 && (
          <p class="muted small">The first {execution.linesLeftOut} lines are no longer kept.</p>
        )}
        {execution.lines.length > 0 ? (
          <LogLines lines={execution.lines.map((text, key) => ({ key, text }))} />
        ) : (
          <p class="muted small">Nothing.</p>
        )}
      </div>
    </div>
  );
}

/** How an execution ended, in a word. */
export function ResultBadge({ execution }: { execution: ExecutionSummary }) {
  if (execution.completed_at === null) return <Badge tone="busy">Running</Badge>;
  return execution.type === 'success' ? <Badge tone="good">Success</Badge> : <Badge tone="bad">Error</Badge>;
}

/** What made an execution run. */
function triggerLabel(trigger: Execution['trigger']): string {
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
  }
}

const COLUMNS = 7;

/** An execution in the list, and below it its details while it is open. */
function ExecutionRows({
  execution,
  isOpen,
  onToggle,
}: {
  execution: ExecutionSummary;
  isOpen: boolean;
  onToggle: () => void;
}) {
  const { started_at, completed_at, statusCode } = execution;
  const duration = completed_at ? formatDuration(Date.parse(completed_at) - Date.parse(started_at)) : '…';
  return (
    <tbody class={isOpen ? 'is-open' : ''}>
      <tr>
        <td data-label="Result">
          <ResultBadge execution={execution} />
        </td>
        <td data-label="Started" class="nowrap">
          <AbsoluteTime iso={started_at} />
        </td>
        <td data-label="Trigger">{triggerLabel(execution.trigger)}</td>
        <td data-label="Duration" class="nowrap">
          {duration}
        </td>
        <td data-label="HTTP">{statusCode ?? '–'}</td>
        <td data-label="Outcome">
          <span class="clamp">{execution.outcome}</span>
        </td>
        <td class="row-end">
          <Button kind="plain" aria-expanded={isOpen} onClick={onToggle}>
            {isOpen ? 'Close' : 'Details'}
          </Button>
        </td>
      </tr>
      {isOpen && (
        <tr class="details-row">
          <td colSpan={COLUMNS}>
            <ExecutionDetails summary={execution} />
          </td>
        </tr>
      )}
    </tbody>
  );
}

const AT_ONCE = 10;

/** What the job has done so far, newest first. */
export function ExecutionsCard({ executions }: { executions: readonly ExecutionSummary[] }) {
  const [open, setOpen] = useState<number>();
  const [most, setMost] = useState(AT_ONCE);
  const [filter, setFilter] = useState<'all' | 'error'>('all');
  const chosen = executions.filter((execution) => filter === 'all' || execution.type === 'error');
  return (
    <Card
      title="Executions"
      aside={
        <SegmentedControl
          label="Which executions"
          options={[
            { value: 'all', text: 'All' },
            { value: 'error', text: 'Errors' },
          ]}
          value={filter}
          onChange={setFilter}
        />
      }
    >
      {chosen.length === 0 ? (
        <p class="muted">{filter === 'all' ? 'The job has not run yet.' : 'No execution has failed.'}</p>
      ) : (
        <table class="table executions">
          <thead>
            <tr>
              <th>Result</th>
              <th>Started</th>
              <th>Trigger</th>
              <th>Duration</th>
              <th>HTTP</th>
              <th>Outcome</th>
              <th>
                <span class="visually-hidden">Details</span>
              </th>
            </tr>
          </thead>
          {chosen.slice(0, most).map((execution) => (
            <ExecutionRows
              key={execution.id}
              execution={execution}
              isOpen={open === execution.id}
              onToggle={() => setOpen(open === execution.id ? undefined : execution.id)}
            />
          ))}
        </table>
      )}
      {chosen.length > most && (
        <Button kind="plain" onClick={() => setMost(most + 4 * AT_ONCE)}>
          Show older ones
        </Button>
      )}
    </Card>
  );
}
