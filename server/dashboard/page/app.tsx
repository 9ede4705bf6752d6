import { useCallback, useEffect, useId, useState } from 'preact/hooks';
import { Button, Loading, Logo } from '../../ui/components';
import type { SessionState } from '../api/session-view';
import type { DashboardInfo } from '../api/view';
import { askSession, callApi, describeProblem, problemCode, type Reload, useAction } from './api';
import { SessionsDialog } from './dialogs';
import { Gallery } from './gallery';
import { useKeptPlace } from './page-title';
import type { Route } from './routes';
import { TenantPage } from './tenant';
import { HostNotice } from './tenant-state';
import { NoTenant, TenantsPage } from './tenants';
import { Locked, RETRY_MS, useActivity, useInterval, useLoaded, useRoute } from './use-live';
import { WorkersPage } from './workers';

/** Asks for the password. */
function Login({ onDone }: { onDone: () => void }) {
  const id = useId();
  const { isBusy, problem, act } = useAction();
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const password = new FormData(event.currentTarget).get('password');
    if (await act(() => callApi('/api/login', { password }))) onDone();
  };
  return (
    <main class="centered">
      <form class="card form" onSubmit={submit}>
        <Logo />
        <h1>Auth0 Logs to Segment</h1>
        <div class="field">
          <label for={id}>Password</label>
          <input
            id={id}
            name="password"
            type="password"
            class="input"
            autocomplete="current-password"
            aria-describedby={problem ? `${id}-problem` : undefined}
            required
          />
          {problem && (
            <p class="field-problem" role="alert" id={`${id}-problem`}>
              {problem}
            </p>
          )}
        </div>
        <Button kind="main" type="submit" isBusy={isBusy}>
          Log in
        </Button>
      </form>
    </main>
  );
}

/** Where one is, where one can go, and the way out. */
function Masthead({
  route,
  hasWorkers,
  onLogOut,
  onLocked,
}: {
  route: Route;
  /** Whether there may be other processes. */
  hasWorkers: boolean;
  onLogOut: (() => Promise<void>) | undefined;
  onLocked: () => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const { isBusy, problem, act } = useAction();
  const { page } = route;
  const isOther = page === 'extensions' || page === 'workers';
  return (
    <header class="masthead">
      <div class="masthead-inner">
        <a class="masthead-name" href="#/">
          <Logo />
          <h1>Dashboard</h1>
        </a>
        <nav aria-label="Pages">
          <a href="#/" aria-current={isOther ? undefined : 'page'}>
            Tenants
          </a>
          {hasWorkers && (
            <a href="#/workers" aria-current={page === 'workers' ? 'page' : undefined}>
              Workers
            </a>
          )}
          <a href="#/extensions" aria-current={page === 'extensions' ? 'page' : undefined}>
            Extensions
          </a>
        </nav>
        {onLogOut && (
          <div class="actions">
            <Button onClick={() => setOpen(true)}>Sessions</Button>
            <Button isBusy={isBusy} onClick={() => act(onLogOut)}>
              Log out
            </Button>
          </div>
        )}
        {problem && (
          <p class="field-problem small" role="alert">
            {problem}
          </p>
        )}
        {isOpen && <SessionsDialog onClose={() => setOpen(false)} onEnded={onLocked} />}
      </div>
    </header>
  );
}

/** The page that the address names: of one tenant alone, its own is the first. */
function Current({ route, info, onChange }: { route: Route; info: DashboardInfo; onChange: Reload }) {
  if (route.page === 'extensions') return <Gallery info={info} onChange={onChange} />;
  if (route.page === 'workers') return <WorkersPage />;
  const name = route.page === 'tenant' ? route.name : info.onlyTenant;
  const openRun = route.page === 'tenant' ? route.run : '';
  if (name !== null) {
    return <TenantPage key={name} name={name} openRun={openRun} info={info} onChange={onChange} />;
  }
  if (info.tenants === 0) return <NoTenant onChange={onChange} />;
  return route.page === 'tenants' ? (
    <TenantsPage view={route} timeZone={info.timeZone} onChange={onChange} />
  ) : null;
}

const PAUSE_MS = 1_000;

/** The Dashboard, once it is open. */
function Pages({
  onLocked,
  onLogOut,
}: {
  onLocked: () => void;
  onLogOut: (() => Promise<void>) | undefined;
}) {
  useActivity();
  const route = useRoute();
  const page = useKeptPlace();
  const { data: info, problem, code, reload } = useLoaded<DashboardInfo>('/api/dashboard', PAUSE_MS);
  return (
    <>
      <Masthead
        route={route}
        hasWorkers={info?.hasWorkers ?? false}
        onLogOut={onLogOut}
        onLocked={onLocked}
      />
      <main class="page" aria-busy={!info && !problem} ref={page}>
        {!info && (problem ? <HostNotice problem={problem} code={code} isConnected /> : <Loading />)}
        {info && <Current route={route} info={info} onChange={reload} />}
        {info?.sandbox && (
          <p class="muted small sandbox-note">
            This is the sandbox: Auth0, Segment and Slack are played by this machine. What you install here is
            kept with it: to export from your own tenant, start without the sandbox (
            <code>start --no-sandbox</code>) and install there.
          </p>
        )}
      </main>
    </>
  );
}

/** The Dashboard, behind its door. */
export function App() {
  const route = useRoute();
  const [session, setSession] = useState<SessionState>();
  const [failure, setFailure] = useState<{ problem: string; code: string }>();
  const ask = useCallback(() => {
    askSession().then(
      (answer) => {
        setSession(answer);
        setFailure(undefined);
      },
      (error: unknown) => setFailure({ problem: describeProblem(error), code: problemCode(error) }),
    );
  }, []);
  useEffect(ask, [ask]);
  useInterval(ask, RETRY_MS, failure !== undefined);
  const logOut = async () => {
    await callApi('/api/logout', {});
    ask();
  };
  if (!session) {
    return (
      <>
        <Masthead route={route} hasWorkers={false} onLogOut={undefined} onLocked={ask} />
        <main class="page" aria-busy={!failure}>
          {failure ? <HostNotice {...failure} isConnected /> : <Loading />}
        </main>
      </>
    );
  }
  if (session.isLocked) return <Login onDone={ask} />;
  return (
    <Locked.Provider value={ask}>
      <Pages onLocked={ask} onLogOut={session.hasPassword ? logOut : undefined} />
    </Locked.Provider>
  );
}
