import { useState } from 'preact/hooks';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Copyable } from '../../ui/copyable';
import type { DashboardState, InstalledState } from '../dashboard-state';
import { callApi } from './call-api';
import { ExecutionsCard } from './executions-card';
import { JobSwitch } from './job-switch';
import { LiveCard } from './live-card';
import { NextRun } from './next-run';
import { RescheduleDialog } from './reschedule-dialog';
import { useAction } from './use-action';
import type { Dashboard } from './use-dashboard';

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
          <div>
            <dt>State</dt>
            <dd>
              <JobSwitch installed={installed} refresh={refresh} />
            </dd>
          </div>
          <div>
            <dt>Schedule</dt>
            <dd>
              {installed.words} <code class="quiet block">{installed.job.schedule}</code>
            </dd>
          </div>
          <div>
            <dt>Next run ({installed.job.tz})</dt>
            <dd>
              <NextRun installed={installed} />
            </dd>
          </div>
          <div>
            <dt>Checkpoint</dt>
            <dd>
              {installed.checkpoint ? (
                <Copyable text={installed.checkpoint} name="the checkpoint" short />
              ) : (
                <span class="quiet">None yet</span>
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
