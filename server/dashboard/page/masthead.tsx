import { Button } from '../../ui/button';
import { Mark } from './mark';
import type { Route } from './use-route';

/** Where one is, where one can go, and the way out. */
export function Masthead({ route, onLogOut }: { route: Route; onLogOut: (() => void) | undefined }) {
  const current = (name: Route) => (route === name ? 'page' : undefined);
  return (
    <header class="masthead">
      <div class="masthead-inner">
        <a class="masthead-name" href="#/extensions">
          <Mark />
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
        {onLogOut && <Button onClick={onLogOut}>Log out</Button>}
      </div>
    </header>
  );
}
