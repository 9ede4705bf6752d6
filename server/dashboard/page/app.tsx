import { useCallback, useEffect, useId, useState } from 'preact/hooks';
import { Button, Logo, Notice } from '../../ui/components';
import type { SessionState } from '../api/types';
import { askSession, callApi, describeProblem, useAction } from './api';
import { SessionsDialog } from './dialogs';
import { Gallery, InstalledList } from './extensions';
import { JobPage } from './job';
import { type Route, useActivity, useDashboard, useRoute } from './use-dashboard';

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
        <Button kind="main" type="submit" disabled={isBusy}>
          Log in
        </Button>
      </form>
    </main>
  );
}

/** Where one is, where one can go, and the way out. */
function Masthead({
  route,
  onLogOut,
  onLocked,
}: {
  route: Route;
  onLogOut: (() => void) | undefined;
  onLocked: () => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const current = (name: Route) => (route === name ? 'page' : undefined);
  return (
    <header class="masthead">
      <div class="masthead-inner">
        <a class="masthead-name" href="#/extensions">
          <Logo />
          <h1>Dashboard</h1>
        </a>
        <nav aria-label="Pages">
          <a href="#/extensions" aria-current={current('extensions')}>
            Extensions
          </a>
          <a href="#/installed" aria-current={current('installed') ?? current('job')}>
            Installed Extensions
          </a>
        </nav>
        {onLogOut && (
          <div class="actions">
            <Button onClick={() => setOpen(true)}>Sessions</Button>
            <Button onClick={onLogOut}>Log out</Button>
          </div>
        )}
        {isOpen && <SessionsDialog onClose={() => setOpen(false)} onEnded={onLocked} />}
      </div>
    </header>
  );
}

/** The Dashboard, once it is open. */
function Pages({ onLocked, onLogOut }: { onLocked: () => void; onLogOut: (() => void) | undefined }) {
  useActivity();
  const route = useRoute();
  const dashboard = useDashboard(onLocked);
  const { state, isConnected, problem, refresh } = dashboard;
  return (
    <>
      <Masthead route={route} onLogOut={onLogOut} onLocked={onLocked} />
      <main class="page" aria-busy={!state && !problem}>
        {(problem || !isConnected) && (
          <Notice tone="bad" title="The host does not answer">
            <p>{problem || 'It may have been stopped. The page continues by itself when it is back.'}</p>
          </Notice>
        )}
        {state && route === 'extensions' && <Gallery state={state} refresh={refresh} />}
        {state && route === 'job' && state.installed && (
          <JobPage state={state} installed={state.installed} dashboard={dashboard} />
        )}
        {state && (route === 'installed' || (route === 'job' && !state.installed)) && (
          <InstalledList state={state} refresh={refresh} />
        )}
        {state?.sandbox && (
          <p class="muted small sandbox-note">
            This is the sandbox: Auth0, Segment and Slack are played by this machine. Start with the
            credentials of your own tenant to export from it.
          </p>
        )}
      </main>
    </>
  );
}

/** The Dashboard, behind its door. */
export function App() {
  const [session, setSession] = useState<SessionState>();
  const [problem, setProblem] = useState('');
  const ask = useCallback(() => {
    askSession().then(setSession, (error: unknown) => setProblem(describeProblem(error)));
  }, []);
  useEffect(ask, [ask]);
  const logOut = async () => {
    await callApi('/api/logout', {});
    ask();
  };
  if (!session) {
    return problem ? (
      <main class="centered">
        <Notice tone="bad" title={problem} />
      </main>
    ) : null;
  }
  if (session.isLocked) return <Login onDone={ask} />;
  return <Pages onLocked={ask} onLogOut={session.hasPassword ? logOut : undefined} />;
}
