import { Badge, Card, Figure, Notice } from '../../ui/components';
import { formatDuration, formatNumber } from '../../ui/format';
import { plural } from '../../ui/page-copy';
import { RelativeTime } from '../../ui/time';
import type { WorkerInList, WorkerList } from '../api/view';
import { PageTitle } from './page-title';
import { hashOf } from './routes';
import { HostNotice } from './tenant-state';
import { useInterval, useLive, useLoaded } from './use-live';

const PAUSE_MS = 2_000;
/** Each process tells this often that it is there. */
const EVERY_MS = 5_000;
/** A process of which nothing was heard for so long has missed two times. */
const SILENT_MS = 15_000;
/** A run that has waited for so long waits for a place, rather than for the next look at the queue. */
const LONG_WAIT_MS = 60_000;
/** Runs of one process that are listed; of more, their number. */
const MOST_RUNS = 12;

const ROLE_WORDS: Readonly<Record<WorkerInList['role'], string>> = {
  all: 'Worker and web',
  worker: 'Worker',
  web: 'Web',
};

/** How much waits. */
function Queue({ queue }: { queue: NonNullable<WorkerList['queue']> }) {
  const { waiting, active, oldestWaitMs, dead } = queue;
  return (
    <Card title="Queue">
      <dl class="figures">
        <Figure name="Waiting" note="for a free place">
          {formatNumber(waiting)}
        </Figure>
        <Figure name="Running" note="on a worker">
          {formatNumber(active)}
        </Figure>
        <Figure
          name="Oldest wait"
          tone={oldestWaitMs > LONG_WAIT_MS ? 'warn' : 'plain'}
          note={waiting === 0 ? 'nothing waits' : undefined}
        >
          {waiting === 0 ? '–' : formatDuration(oldestWaitMs)}
        </Figure>
        <Figure name="Given up" tone={dead > 0 ? 'bad' : 'plain'} note="within a day">
          {formatNumber(dead)}
        </Figure>
      </dl>
    </Card>
  );
}

/** What a process runs, each with the way to it. */
function Runs({ worker }: { worker: WorkerInList }) {
  const { runs, role } = worker;
  if (runs.length === 0) return <span class="muted">{role === 'web' ? 'None' : 'Nothing now'}</span>;
  return (
    <ul class="worker-runs">
      {runs.slice(0, MOST_RUNS).map(({ tenant, run, startedAt }) => (
        <li key={run}>
          <a href={hashOf({ page: 'tenant', name: tenant, run })}>{tenant}</a>{' '}
          <span class="muted small">
            <RelativeTime iso={startedAt} />
          </span>
        </li>
      ))}
      {runs.length > MOST_RUNS && (
        <li class="muted small">and {formatNumber(runs.length - MOST_RUNS)} more</li>
      )}
    </ul>
  );
}

/** A process at a glance. */
function WorkerRow({ worker, now }: { worker: WorkerInList; now: number }) {
  const { host, pid, role, version, places, startedAt, seenAt, runs } = worker;
  const silentMs = Math.max(0, now - Date.parse(seenAt));
  return (
    <tr>
      <th scope="row" class="worker-name">
        {host}
        <span class="muted small block">process {pid}</span>
      </th>
      <td data-label="Role" class="nowrap">
        <Badge tone="plain">{ROLE_WORDS[role]}</Badge>
      </td>
      <td data-label="Seen" class="nowrap">
        {silentMs > SILENT_MS ? (
          <Badge tone="warn">Silent for {formatDuration(silentMs)}</Badge>
        ) : (
          `${formatDuration(silentMs)} ago`
        )}
      </td>
      <td data-label="Places" class="nowrap">
        {role === 'web' ? (
          <span class="muted">None</span>
        ) : (
          `${formatNumber(runs.length)} of ${formatNumber(places)}`
        )}
      </td>
      <td data-label="Runs" class="worker-runs-cell">
        <Runs worker={worker} />
      </td>
      <td data-label="Version" class="nowrap">
        {version}
        <span class="muted small block">
          since <RelativeTime iso={startedAt} />
        </span>
      </td>
    </tr>
  );
}

/** What somebody has to do something about. */
function Warnings({ workers, queue }: Pick<WorkerList, 'workers' | 'queue'>) {
  const versions = [...new Set(workers.map(({ version }) => version))].sort();
  const isExporting = workers.some(({ role }) => role !== 'web');
  return (
    <>
      {!isExporting && (
        <Notice tone="bad" title="No worker is running">
          <p>
            Nothing is exported until one is. Start it on this database: <code>start --role worker</code>
          </p>
        </Notice>
      )}
      {queue && queue.dead > 0 && (
        <Notice tone="bad" title={`${plural(queue.dead, 'run')} given up within a day`}>
          <p>
            Each worker that took them ended before they did. Look into the output of the workers for what
            ended them, such as too little memory. The tenants run again when they are due.
          </p>
        </Notice>
      )}
      {versions.length > 1 && (
        <Notice tone="busy" title={`Versions ${versions.join(' and ')} run side by side`}>
          <p>That is how an upgrade looks under way: the older ones can be replaced at any time.</p>
        </Notice>
      )}
    </>
  );
}

/** All processes on one database, and what waits for them. */
export function WorkersPage() {
  const { data: list, problem, code, reload } = useLoaded<WorkerList>('/api/workers', PAUSE_MS);
  const isConnected = useLive(undefined, reload);
  useInterval(reload, EVERY_MS);
  return (
    <>
      <div class="page-head">
        <PageTitle title="Workers">Workers</PageTitle>
      </div>
      <HostNotice problem={problem} code={code} isConnected={isConnected} />
      {list && !list.queue && (
        <section class="card">
          <p>
            Everything runs in this one process. For several, on one or many machines, give them one
            PostgreSQL in <code>DATABASE_URL</code>.
          </p>
        </section>
      )}
      {list?.queue && (
        <>
          <Warnings workers={list.workers} queue={list.queue} />
          <Queue queue={list.queue} />
          <Card title="Processes">
            <table class="table workers">
              <thead>
                <tr>
                  <th scope="col">Machine</th>
                  <th scope="col">Role</th>
                  <th scope="col">Seen</th>
                  <th scope="col">Places</th>
                  <th scope="col">Runs</th>
                  <th scope="col">Version</th>
                </tr>
              </thead>
              <tbody>
                {list.workers.map((worker) => (
                  <WorkerRow key={worker.id} worker={worker} now={Date.parse(list.now)} />
                ))}
              </tbody>
            </table>
          </Card>
        </>
      )}
    </>
  );
}
