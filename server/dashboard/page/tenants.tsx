import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Badge, Loading, Pager } from '../../ui/components';
import { formatClock, formatNumber } from '../../ui/format';
import { plural } from '../../ui/page-copy';
import { RelativeTime, useNow, ZoneNote } from '../../ui/time';
import {
  STATE_WORDS,
  type TenantList,
  type TenantState,
  type TenantSummary,
  tenantStates,
} from '../api/view';
import { PageTitle } from './page-title';
import { type Route, tenantHash } from './routes';
import { HostNotice, HoursChart, Lag, StateBadge } from './tenant-state';
import { openRoute, replaceRoute, useInterval, useLive, useLoaded } from './use-live';

/** Runs of a thousand tenants begin and end all the time: the list follows in steps. */
const PAUSE_MS = 2_000;
/** What nobody announces: times that pass, and the changes of another process. */
const EVERY_MS = 20_000;

type View = Extract<Route, { page: 'tenants' }>;

/** How many tenants are in each state, each a filter. */
function StateFilter({ counts, view }: { counts: TenantList['counts']; view: View }) {
  const all = tenantStates.reduce((sum, state) => sum + counts[state], 0);
  const chips: [TenantState | '', number, string][] = [
    ['', all, `All ${formatNumber(all)}`],
    ...tenantStates.map((state): [TenantState, number, string] => [
      state,
      counts[state],
      `${formatNumber(counts[state])} ${STATE_WORDS[state].toLowerCase()}`,
    ]),
  ];
  return (
    <fieldset class="chips" aria-label="Which tenants, by state">
      {chips
        .filter(([state, count]) => count > 0 || state === '' || state === view.state)
        .map(([state, , text]) => (
          <button
            type="button"
            key={state}
            class="chip"
            aria-pressed={view.state === state}
            onClick={() => openRoute({ ...view, state, number: 1 })}
          >
            {text}
          </button>
        ))}
    </fieldset>
  );
}

/** Somebody who types is not answered at each key. */
const TYPING_MS = 250;

/** Looks for tenants by name and domain. */
function Search({ view }: { view: View }) {
  const id = useId();
  const [text, setText] = useState(view.search);
  useEffect(() => setText(view.search), [view.search]);
  useEffect(() => {
    if (text === view.search) return;
    const timer = setTimeout(() => replaceRoute({ ...view, search: text, number: 1 }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, view]);
  return (
    <div class="search">
      <label class="visually-hidden" for={id}>
        Search by name or domain
      </label>
      <input
        id={id}
        class="input"
        type="search"
        placeholder="Search by name or domain"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </div>
  );
}

/** When the next run is. */
function NextRun({ tenant }: { tenant: TenantSummary }) {
  const now = useNow();
  if (tenant.isRunning) return <Badge tone="busy">Running</Badge>;
  if (tenant.nextRun === null) return <span class="muted">Off</span>;
  return <time dateTime={tenant.nextRun}>{formatClock(Date.parse(tenant.nextRun), now)}</time>;
}

/** A tenant at a glance. */
function TenantRowView({ tenant, asOf }: { tenant: TenantSummary; asOf: string }) {
  const { name, domain, lastRun } = tenant;
  return (
    <tr>
      <td class="tenant-cell">
        <a class="tenant-link" href={tenantHash(name)} data-tenant={name}>
          {name}
        </a>
        <span class="muted small block">{domain}</span>
      </td>
      <td class="state-cell">
        <StateBadge state={tenant.state} />
        {tenant.rejected > 0 && (
          <span class="small block is-warn">{plural(tenant.rejected, 'call')} rejected</span>
        )}
        {tenant.slackFailure && <span class="small block is-warn">Slack report failed</span>}
        {tenant.isStreamPaused && <span class="small block is-warn">Log stream paused, it seems</span>}
      </td>
      <td data-label="Behind" class="nowrap">
        <Lag summary={tenant} asOf={asOf} />
      </td>
      <td data-label="Last run" class="last-cell">
        {lastRun ? (
          <>
            <RelativeTime iso={lastRun.start} />
            <span class={`small clamp ${lastRun.failed ? 'is-bad' : 'muted'}`}>{lastRun.outcome}</span>
          </>
        ) : (
          <span class="muted">None yet</span>
        )}
      </td>
      <td data-label="Next run" class="nowrap">
        <NextRun tenant={tenant} />
      </td>
      <td data-label="Events today (UTC)" class="number">
        {formatNumber(tenant.eventsToday)}
      </td>
      <td class="hours-cell">
        <HoursChart hours={tenant.hours} />
      </td>
    </tr>
  );
}

/** Keeps the keyboard's place where a tenant moves to another row because it has got better or worse. */
function useKeptFocus(list: TenantList | undefined) {
  const box = useRef<HTMLTableElement>(null);
  const focused = useRef<string>(undefined);
  useLayoutEffect(() => {
    if (focused.current === undefined || document.activeElement !== document.body) return;
    box.current?.querySelector<HTMLElement>(`[data-tenant="${focused.current}"]`)?.focus();
  }, [list]);
  return {
    ref: box,
    onFocusIn: (event: FocusEvent) => {
      const { target } = event;
      focused.current = target instanceof HTMLElement ? target.dataset.tenant : undefined;
    },
    onFocusOut: (event: FocusEvent) => {
      // Without a next one, it was the move that took it.
      if (event.relatedTarget) focused.current = undefined;
    },
  };
}

function TenantTable({ list }: { list: TenantList }) {
  const kept = useKeptFocus(list);
  return (
    <table class="table tenants" {...kept}>
      <thead>
        <tr>
          <th scope="col">Tenant</th>
          <th scope="col">State</th>
          <th scope="col">Behind</th>
          <th scope="col">Last run</th>
          <th scope="col">Next run</th>
          <th scope="col" class="number">
            Events today (UTC)
          </th>
          <th scope="col">Last 24 hours</th>
        </tr>
      </thead>
      <tbody>
        {list.tenants.map((tenant) => (
          <TenantRowView key={tenant.name} tenant={tenant} asOf={list.now} />
        ))}
      </tbody>
    </table>
  );
}

/** All tenants at a glance, worst first. */
export function TenantsPage({
  view,
  timeZone,
  onChange,
}: {
  view: View;
  /** That a new tenant's schedule gets. */
  timeZone: string;
  onChange: () => void;
}) {
  const query = new URLSearchParams({
    search: view.search,
    state: view.state,
    page: String(view.number),
  });
  const {
    data: list,
    problem,
    code,
    reload,
  } = useLoaded<TenantList>(`/api/tenants?${query}`, PAUSE_MS, true);
  const isConnected = useLive(undefined, (event) => {
    reload();
    if (event?.kind === 'change') onChange();
  });
  useInterval(reload, EVERY_MS);
  const failing = list?.counts.failing ?? 0;
  return (
    <>
      <div class="page-head">
        <PageTitle title={failing > 0 ? `Tenants, ${formatNumber(failing)} failing` : 'Tenants'}>
          Tenants
        </PageTitle>
        <a class="button" href="#/extensions">
          Add a tenant
        </a>
      </div>
      <HostNotice problem={problem} code={code} isConnected={isConnected} />
      {!list && !problem && <Loading />}
      {list && (
        <section class="card" aria-label="All tenants">
          <div class="list-tools">
            <StateFilter counts={list.counts} view={view} />
            <Search view={view} />
          </div>
          <ZoneNote scheduleZone={timeZone} />
          {list.tenants.length > 0 ? (
            <TenantTable list={list} />
          ) : (
            <p class="muted nothing" role="status">
              No tenant matches. <a href="#/">Show all</a>
            </p>
          )}
          {list.tenants.length > 0 && list.total <= list.perPage && (
            <p class="visually-hidden" role="status">
              {plural(list.total, 'tenant')}
            </p>
          )}
          <Pager
            label="Pages of tenants"
            page={list.page}
            perPage={list.perPage}
            total={list.total}
            shown={list.tenants.length}
            names={['Previous', 'Next']}
            onPage={(number) => {
              openRoute({ ...view, number });
              scrollTo({ top: 0 });
            }}
          />
        </section>
      )}
    </>
  );
}

/** Before there is any tenant. */
export function NoTenant({ onChange }: { onChange: () => void }) {
  useLive(undefined, onChange);
  return (
    <section class="card welcome">
      <PageTitle title="No tenant yet">Nothing is exported yet</PageTitle>
      <p>
        Install the extension for your first Auth0 tenant: it takes the tenant’s domain, a machine-to-machine
        application and a Segment write key. The first run begins at once, and its result appears here.
      </p>
      <p>
        <a class="button button-main" href="#/extensions">
          Install from the gallery
        </a>
      </p>
      <p class="muted small">
        On the command line <code>setup NAME --domain DOMAIN</code> does the same, with the application. To
        declare tenants in a file, start with <code>TENANTS_FILE</code>.
      </p>
    </section>
  );
}
