import { useCallback, useState } from 'preact/hooks';
import { RunChart } from '../../ui/chart';
import { Button, Card, Loading } from '../../ui/components';
import { formatTime } from '../../ui/format';
import { RejectedCard } from '../../ui/run-details';
import type { DashboardInfo, RunList, TenantDetails } from '../api/view';
import { tenantPath } from './api';
import { CheckConnection } from './check-results';
import { PageTitle, RemoveDialog, ReplayDialog } from './dialogs';
import { LiveCard, MOST_LINES } from './live-log';
import { PreviewCard } from './preview';
import { allTenants } from './routes';
import { ScheduleDialog } from './schedule';
import { SettingsDialog } from './settings-dialog';
import { canReplay, type Open, TenantHead } from './tenant-head';
import { RunsCard } from './tenant-runs';
import { HostNotice } from './tenant-state';
import { type LiveLine, openRoute, useInterval, useLive, useLoaded } from './use-live';

/** The changes of settings and schedule. */
function ChangesCard({ changes }: { changes: TenantDetails['changes'] }) {
  if (changes.length === 0) return null;
  const shown = (value: string) => (value === '' ? <span class="muted">nothing</span> : <code>{value}</code>);
  return (
    <Card title="Changes">
      <ul class="changes">
        {changes.map(({ at, name, from, to }, place) => (
          <li key={`${at} ${name} ${place}`}>
            <time dateTime={at} class="muted small">
              {formatTime(Date.parse(at), Date.now())}
            </time>
            <span>
              <code>{name}</code> from {shown(from)} to {shown(to)}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** A run may take minutes: its progress is asked for. */
const PROGRESS_MS = 2_000;
const PAUSE_MS = 500;
const EVERY_MS = 20_000;

/** Everything about one tenant. */
export function TenantPage({
  name,
  openRun,
  info,
  onChange,
}: {
  name: string;
  openRun: string;
  info: DashboardInfo;
  /** A tenant was added, changed or removed. */
  onChange: () => void;
}) {
  const [view, setView] = useState({ page: 1, failedOnly: false });
  const [open, setOpen] = useState<Open>();
  const [lines, setLines] = useState<readonly LiveLine[]>([]);
  const isOnly = info.onlyTenant === name;

  const query = new URLSearchParams({
    page: String(view.page),
    ...(view.failedOnly ? { filter: 'failed' } : {}),
  });
  const {
    data: details,
    problem,
    code,
    reload: reloadDetails,
  } = useLoaded<TenantDetails>(tenantPath(name), PAUSE_MS);
  const { data: runs, reload: reloadRuns } = useLoaded<RunList>(
    tenantPath(name, `runs?${query}`),
    PAUSE_MS,
    true,
  );
  const reload = useCallback(() => Promise.all([reloadDetails(), reloadRuns()]), [reloadDetails, reloadRuns]);
  const isConnected = useLive(name, (event) => {
    if (event && event.tenant !== name && event.tenant !== '') return;
    if (event && event.kind !== 'change') setLines((before) => [...before, event].slice(-MOST_LINES));
    if (event?.kind === 'line') return;
    reload();
    if (event?.kind === 'change') onChange();
  });
  useInterval(reload, PROGRESS_MS, details !== undefined && details.running !== null);
  useInterval(reload, EVERY_MS);

  const replay = (checkpoint: string) => setOpen({ kind: 'replay', checkpoint });
  const close = () => setOpen(undefined);
  const done = () => {
    close();
    reload();
    onChange();
  };
  if (code === 'unknown_tenant') {
    return (
      <section class="card welcome">
        <PageTitle title="No such tenant">There is no tenant named {name}</PageTitle>
        <p>
          It may have been removed. <a href="#/">All tenants</a>
        </p>
      </section>
    );
  }
  return (
    <>
      <HostNotice problem={problem} code={code} isConnected={isConnected} />
      {!details && !problem && <Loading />}
      {details && (
        <>
          <TenantHead
            details={details}
            isOnly={isOnly}
            isSandbox={info.sandbox !== null}
            onOpen={setOpen}
            onDone={reload}
          />
          {details.chart.length > 1 && (
            <Card title="Events per run">
              <RunChart runs={details.chart} />
            </Card>
          )}
          <RunsCard
            tenant={name}
            list={runs}
            openRun={openRun}
            view={view}
            timeZone={details.schedule.timeZone}
            onView={setView}
            onReplay={canReplay(details) ? replay : undefined}
          />
          <Card title="Connection">
            <CheckConnection read={() => ({ tenant: name })} />
          </Card>
          <PreviewCard tenant={name} />
          <LiveCard lines={lines} isConnected={isConnected} />
          <RejectedCard rejected={details.rejected} />
          <ChangesCard changes={details.changes} />
          {details.summary.origin === 'stored' && (
            <p>
              <Button kind="danger" onClick={() => setOpen({ kind: 'remove' })}>
                Remove this tenant
              </Button>
            </p>
          )}
          {open?.kind === 'settings' && (
            <SettingsDialog info={info} details={details} onClose={close} onDone={done} />
          )}
          {open?.kind === 'schedule' && <ScheduleDialog details={details} onClose={close} onDone={done} />}
          {open?.kind === 'replay' && (
            <ReplayDialog
              name={name}
              checkpoint={open.checkpoint}
              isRunning={details.running !== null}
              onClose={close}
              onDone={done}
            />
          )}
          {open?.kind === 'remove' && (
            <RemoveDialog
              name={name}
              hasPassword={info.hasPassword}
              onClose={close}
              onDone={() => {
                close();
                onChange();
                openRoute(allTenants);
              }}
            />
          )}
        </>
      )}
    </>
  );
}
