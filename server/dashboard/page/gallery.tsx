import { useState } from 'preact/hooks';
import { Badge } from '../../ui/badge';
import type { DashboardState } from '../dashboard-state';
import { Mark } from './mark';
import { SettingsDialog } from './settings-dialog';

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
      <p class="quiet">Select an extension to install it.</p>
      <div class="gallery">
        <button
          type="button"
          class="card tile"
          onClick={() => {
            if (installed) location.hash = '#/installed';
            else setOpen(true);
          }}
        >
          <Mark />
          <span class="tile-title">{extension.title}</span>
          <span class="quiet small">{extension.description}</span>
          <span class="tile-end">
            <span class="quiet small">Version {extension.version}</span>
            {installed ? <Badge tone="good">Installed</Badge> : <Badge tone="plain">Not installed</Badge>}
          </span>
        </button>
      </div>
      {isOpen && <SettingsDialog state={state} onClose={() => setOpen(false)} onDone={done} />}
    </section>
  );
}
