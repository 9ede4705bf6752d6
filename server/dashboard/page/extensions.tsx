import { useState } from 'preact/hooks';
import { Badge, Button, Gear, Logo } from '../../ui/components';
import { RelativeTime } from '../../ui/time';
import type { DashboardState } from '../api/types';
import { UninstallDialog } from './dialogs';
import { ResultBadge } from './executions';
import { JobFacts } from './job';
import { SettingsDialog } from './settings-dialog';

/** The installed extensions with their jobs. */
export function InstalledList({ state, refresh }: { state: DashboardState; refresh: () => Promise<void> }) {
  const [open, setOpen] = useState<'settings' | 'uninstall'>();
  const { extension, installed, executions } = state;
  const last = executions.find((execution) => execution.completed_at !== null);
  const close = () => setOpen(undefined);
  const done = async () => {
    close();
    await refresh();
  };
  if (!installed) {
    return (
      <section class="card nothing">
        <h2 class="page-title">No extension is installed</h2>
        <p class="muted">
          Go to <a href="#/extensions">Extensions</a> and install one.
        </p>
      </section>
    );
  }
  return (
    <section aria-labelledby="installed-title">
      <h2 id="installed-title" class="page-title">
        Installed Extensions
      </h2>
      <article class="card row">
        <a class="row-name" href="#/job">
          <Logo />
          <span>
            <span class="tile-title">{extension.title}</span>
            <span class="muted small block">{installed.tenant}</span>
          </span>
        </a>
        <dl class="row-facts">
          <JobFacts installed={installed} refresh={refresh} />
          <div>
            <dt>Last execution</dt>
            <dd>
              {last ? (
                <>
                  <ResultBadge execution={last} /> <RelativeTime iso={last.started_at} />
                  <span class="muted small block clamp">{last.outcome}</span>
                </>
              ) : (
                <span class="muted">None yet</span>
              )}
            </dd>
          </div>
        </dl>
        <div class="row-actions">
          <button
            type="button"
            class="button icon-button"
            aria-label="Settings"
            title="Settings"
            onClick={() => setOpen('settings')}
          >
            <Gear />
          </button>
          <Button kind="plain" onClick={() => setOpen('uninstall')}>
            Uninstall
          </Button>
        </div>
      </article>
      {open === 'settings' && <SettingsDialog state={state} onClose={close} onDone={done} />}
      {open === 'uninstall' && (
        <UninstallDialog
          title={extension.title}
          hasPassword={state.hasPassword}
          onClose={close}
          onDone={done}
        />
      )}
    </section>
  );
}

/** The extensions that can be installed, as the gallery shows them. */
export function Gallery({ state, refresh }: { state: DashboardState; refresh: () => Promise<void> }) {
  const [isOpen, setOpen] = useState(false);
  const { extension, installed } = state;
  const done = async () => {
    setOpen(false);
    await refresh();
    location.hash = '#/installed';
  };
  return (
    <section aria-labelledby="gallery-title">
      <h2 id="gallery-title" class="page-title">
        Extensions
      </h2>
      <p class="muted">Select an extension to install it.</p>
      <div class="gallery">
        <button
          type="button"
          class="card tile"
          onClick={() => {
            if (installed) location.hash = '#/installed';
            else setOpen(true);
          }}
        >
          <Logo />
          <span class="tile-title">{extension.title}</span>
          <span class="muted small">{extension.description}</span>
          <span class="tile-end">
            <span class="muted small">Version {extension.version}</span>
            {installed ? <Badge tone="good">Installed</Badge> : <Badge tone="plain">Not installed</Badge>}
          </span>
        </button>
      </div>
      {isOpen && <SettingsDialog state={state} onClose={() => setOpen(false)} onDone={done} />}
    </section>
  );
}
