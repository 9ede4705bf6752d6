import { useEffect, useState } from 'preact/hooks';
import type { Execution } from '../../host/executions/execution';
import { CopyButton } from '../../ui/copy-button';
import { formatTime } from '../../ui/format-time';
import type { ExecutionSummary } from '../dashboard-state';
import { callApi } from './call-api';
import { FailureNotice } from './failure-notice';
import { failureOf } from './failure-of';
import { LogLines } from './log-lines';
import { problemInWords } from './problem-in-words';

/** An execution in full: when it was due and ran, what it answered and what it logged. */
export function ExecutionDetails({ summary }: { summary: ExecutionSummary }) {
  const [execution, setExecution] = useState<Execution>();
  const [problem, setProblem] = useState('');
  const { id, completed_at } = summary;
  // Asked for again when it has ended.
  useEffect(() => {
    callApi<Execution>(`/api/executions/${id}`).then(setExecution, (error: unknown) =>
      setProblem(problemInWords(error)),
    );
  }, [id, completed_at]);
  if (problem) return <p class="field-problem">{problem}</p>;
  if (!execution) return <p class="quiet">Loading…</p>;
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
          <p class="quiet small">The first {execution.linesLeftOut} lines are no longer kept.</p>
        )}
        {execution.lines.length > 0 ? (
          <LogLines lines={execution.lines.map((text, key) => ({ key, text }))} />
        ) : (
          <p class="quiet small">Nothing.</p>
        )}
      </div>
    </div>
  );
}
