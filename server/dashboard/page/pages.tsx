import { Notice } from '../../ui/notice';
import { Gallery } from './gallery';
import { InstalledList } from './installed-list';
import { JobPage } from './job-page';
import { Masthead } from './masthead';
import { useActivity } from './use-activity';
import { useDashboard } from './use-dashboard';
import { useRoute } from './use-route';

/** The Dashboard, once it is open. */
export function Pages({ onLocked, onLogOut }: { onLocked: () => void; onLogOut: (() => void) | undefined }) {
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
            <p>{problem || 'It may have been stopped. The page goes on by itself when it is back.'}</p>
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
          <p class="quiet small sandbox-note">
            This is the sandbox: Auth0, Segment and Slack are played by this machine. Start with the
            credentials of your own tenant to export from it.
          </p>
        )}
      </main>
    </>
  );
}
