import { useState } from 'preact/hooks';
import { Button } from '../../ui/button';
import { Mark } from './mark';
import { SessionsDialog } from './sessions-dialog';
import type { Route } from './use-route';

/** Where one is, where one can go, and the way out. */
export function Masthead({
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
