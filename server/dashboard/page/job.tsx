import { useState } from 'preact/hooks';
import { Badge, Button } from '../../ui/components';
import { Copyable } from '../../ui/copy';
import type { DashboardState, InstalledState } from '../api/types';
import { callApi, useAction } from './api';
import { ExecutionsCard } from './executions';
import { LiveCard } from './live-log';
import { RescheduleDialog, zonedTime } from './schedule';
import type { Dashboard } from './use-dashboard';

/** The switch of the job's state. */
function JobSwitch({ installed, refresh }: { installed: InstalledState; refresh: () => Promise<void> }) {
  const { isBusy, problem, act } = useAction();
  const isOn = installed.job.state === 'active';
  const toggle = async () => {
    await act(() => callApi('/api/job/state', { state: isOn ? 'inactive' : 'active' }));
    await refresh();
  };
  return (
    <>
      <button
        type="button"
        class="switch"
        role="switch"
        aria-checked={isOn}
        aria-label="State"
        disabled={isBusy}
        onClick={toggle}
      >
        <span class="switch-track" aria-hidden="true" />
        {isOn ? 'On' : 'Off'}
      </button>
      {problem && (
        <p class="field-problem small" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

/** When the job runs next, in its own time zone. */
function NextRun({ installed }: { installed: InstalledState }) {
  const { next_available_at: next, tz } = installed.job;
  if (installed.isRunning) return <span>Running now</span>;
  if (next === null) return <span class="muted">None while it is off</span>;
  return (
    <time dateTime={next} class="number">
      {zonedTime(next, tz)}
    </time>
  );
}

/** What the list of extensions and the job's own page tell of it: its switch, its schedule and its next run, as parts of a `dl`. */
export function JobFacts({
  installed,
  refresh,
}: {
  installed: InstalledState;
  refresh: () => Promise<void>;
}) {
  return (
    <>
      <div>
        <dt>State</dt>
        <dd>
          <JobSwitch installed={installed} refresh={refresh} />
        </dd>
      </div>
      <div>
        <dt>Schedule</dt>
        <dd>
          {installed.description} <code class="muted block">{installed.job.schedule}</code>
        </dd>
      </div>
      <div>
        <dt>Next run ({installed.job.tz})</dt>
        <dd>
          <NextRun installed={installed} />
        </dd>
      </div>
    </>
  );
}

/** The job: what it is about to do, has done, and is doing. */
export function JobPage({
  state,
  installed,
  dashboard,
}: {
  state: DashboardState;
  installed: InstalledState;
  dashboard: Dashboard;
}) {
  const { lines, isConnected, refresh } = dashboard;
  const [isRescheduling, setRescheduling] = useState(false);
  const { isBusy, problem, act } = useAction();
  return (
    <>
      <section class="card" aria-labelledby="job-title">
        <p class="small">
          <a href="#/installed">Installed Extensions</a>
        </p>
        <div class="card-head">
          <h2 id="job-title" class="page-title">
            {state.extension.title} {installed.isRunning && <Badge tone="busy">Running</Badge>}
          </h2>
          <div class="actions">
            <a class="button" href="/extension-page" target="_blank" rel="noreferrer">
              Open the extension’s page
            </a>
            <Button onClick={() => setRescheduling(true)}>Reschedule</Button>
            <Button
              kind="main"
              disabled={isBusy || installed.isRunning}
              onClick={() => act(() => callApi('/api/job/run', {}))}
            >
              Run now
            </Button>
          </div>
        </div>
        {problem && (
          <p class="field-problem" role="alert">
            {problem}
          </p>
        )}
        <dl class="facts">
          <JobFacts installed={installed} refresh={refresh} />
          <div>
            <dt>Checkpoint</dt>
            <dd>
              {installed.checkpoint ? (
                <Copyable text={installed.checkpoint} name="the checkpoint" short />
              ) : (
                <span class="muted">None yet</span>
              )}
            </dd>
          </div>
        </dl>
      </section>
      <ExecutionsCard executions={state.executions} />
      <LiveCard lines={lines} isConnected={isConnected} />
      {isRescheduling && (
        <RescheduleDialog
          installed={installed}
          onClose={() => setRescheduling(false)}
          onDone={async () => {
            setRescheduling(false);
            await refresh();
          }}
        />
      )}
    </>
  );
}
