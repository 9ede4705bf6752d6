import { useCallback, useRef, useState } from 'preact/hooks';
import { RunChart } from '../../ui/chart';
import { Button, Card, Loading } from '../../ui/components';
import { formatTime } from '../../ui/format';
import { RejectedCard } from '../../ui/run-details';
import type { ReplayStart } from '../api/replay-view';
import type { DashboardInfo, RunList, TenantDetails } from '../api/view';
import { type Reload, tenantPath } from './api';
import { CheckConnection } from './check-results';
import { RemoveDialog } from './dialogs';
import { LastEventsCard } from './last-events';
import { LiveCard, MOST_LINES } from './live-log';
import { parseLine } from './log-line';
import { LogStreamCard, TokenDialog } from './log-stream';
import { PageTitle } from './page-title';
import { PreviewCard } from './preview';
import { allTenants } from './routes';
import { SandboxCard } from './sandbox-card';
import { ScheduleDialog } from './schedule';
import { SettingsDialog } from './settings-dialog';
import { StartDialog } from './start-dialog';
import { canReplay, type Done, type Open, TenantHead } from './tenant-head';
import { RunsCard } from './tenant-runs';
import { HostNotice } from './tenant-state';
import { type LiveLine, openRoute, useInterval, useLive, useLoaded } from './use-live';

/** What the page calls what is no setting. */
const CHANGED: Readonly<Record<string, string>> = {
  schedule: 'Schedule',
  timeZone: 'Time zone',
  state: 'Run on schedule',
};
const SWITCHED: Readonly<Record<string, string>> = { active: 'On', inactive: 'Off' };

/** The changes of settings and schedule. */
function ChangesCard({ changes }: { changes: TenantDetails['changes'] }) {
  if (changes.length === 0) return null;
  const shown = (name: string, value: string) => {
    if (value === '') return <span class="muted">nothing</span>;
    return name === 'state' ? (SWITCHED[value] ?? value) : <code>{value}</code>;
  };
  return (
    <Card title="Changes">
      <ul class="changes">
        {changes.map(({ at, name, from, to }, place) => (
          <li key={`${at} ${name} ${place}`}>
            <time dateTime={at} class="muted small">
              {formatTime(Date.parse(at), Date.now())}
            </time>
            <span>
              {CHANGED[name] ?? <code>{name}</code>} from {shown(name, from)} to {shown(name, to)}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What a run waits for, as its newest line says; empty where it does not wait. */
function waitsFor(lines: readonly LiveLine[]): string {
  const newest = lines.at(-1);
  const line = newest?.kind === 'line' ? parseLine(newest.text) : undefined;
  return line?.isRetry ? line.text : '';
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
  onChange: Reload;
}) {
  const [view, setView] = useState({ page: 1, failedOnly: false });
  const [open, setOpen] = useState<Open>();
  const [done, setDone] = useState<Done>();
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
  // What is being removed is not asked for again: it may be gone before that is answered.
  const isLeaving = open?.kind === 'remove';
  const reload = useCallback(
    () => (isLeaving ? Promise.resolve() : Promise.all([reloadDetails(), reloadRuns()])),
    [reloadDetails, reloadRuns, isLeaving],
  );
  const isConnected = useLive(name, (event) => {
    if (event && event.tenant !== name && event.tenant !== '') return;
    if (event && event.kind !== 'change') setLines((before) => [...before, event].slice(-MOST_LINES));
    if (event?.kind === 'line') return;
    reload();
    if (event?.kind === 'change') onChange();
  });
  useInterval(reload, PROGRESS_MS, details !== undefined && details.running !== null);
  useInterval(reload, EVERY_MS);

  const show = (next: Open) => {
    setDone(undefined);
    setOpen(next);
  };
  const replay = (checkpoint: string) => show({ kind: 'replay', checkpoint });
  const close = () => setOpen(undefined);
  const latest = useRef(details);
  latest.current = details;
  /** What was done is said once the page shows it; until then its dialog is pending. */
  const finish = async (replay?: ReplayStart) => {
    const before = latest.current;
    onChange();
    await reload();
    close();
    setDone(before && { at: Date.parse(before.now), replay });
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
            waitsFor={waitsFor(lines)}
            isOnly={isOnly}
            isSandbox={info.sandbox !== null}
            done={done}
            onOpen={show}
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
          <RejectedCard rejected={details.rejected} onReplay={canReplay(details) ? replay : undefined} />
          {info.sandbox?.tenant === name && <SandboxCard asOf={details.now} />}
          <LastEventsCard
            tenant={name}
            asOf={details.now}
            onReplay={canReplay(details) ? replay : undefined}
          />
          <Card title="Connection and test event">
            <CheckConnection read={() => ({ tenant: name })} />
          </Card>
          <PreviewCard tenant={name} />
          <LogStreamCard stream={details.logStream} onToken={() => setOpen({ kind: 'token' })} />
          <LiveCard lines={lines} isConnected={isConnected} />
          <ChangesCard changes={details.changes} />
          {details.summary.origin === 'stored' && (
            <p>
              <Button kind="danger" onClick={() => setOpen({ kind: 'remove' })}>
                Remove this tenant
              </Button>
            </p>
          )}
          {open?.kind === 'settings' && (
            <SettingsDialog info={info} details={details} onClose={close} onDone={() => finish()} />
          )}
          {open?.kind === 'schedule' && (
            <ScheduleDialog details={details} onClose={close} onDone={() => finish()} />
          )}
          {open?.kind === 'token' && (
            <TokenDialog
              details={details}
              hasPassword={info.hasPassword}
              onClose={() => {
                close();
                reload();
              }}
            />
          )}
          {open?.kind === 'replay' && (
            <StartDialog
              details={details}
              checkpoint={open.checkpoint}
              onClose={close}
              onDone={(found) => finish(found)}
            />
          )}
          {open?.kind === 'remove' && (
            <RemoveDialog
              name={name}
              hasStream={details.logStream.state !== 'none'}
              hasPassword={info.hasPassword}
              onClose={close}
              onDone={() => {
                openRoute(allTenants);
                return onChange();
              }}
            />
          )}
        </>
      )}
    </>
  );
}
