import { useState } from 'preact/hooks';
import { Badge, Logo } from '../../ui/components';
import { plural } from '../../ui/page-copy';
import type { DashboardInfo } from '../api/view';
import { PageTitle } from './dialogs';
import { InstallDialog } from './settings-dialog';
import { openRoute } from './use-live';

/** The extensions that can be installed, as the gallery shows them. */
export function Gallery({ info, onChange }: { info: DashboardInfo; onChange: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const { extension, tenants } = info;
  return (
    <section aria-label="Gallery">
      <PageTitle title="Extensions">Extensions</PageTitle>
      <p class="muted">
        {tenants === 0
          ? 'Select the extension to install it.'
          : 'Select the extension to install it for another tenant.'}
      </p>
      <div class="gallery">
        <button type="button" class="card tile" onClick={() => setOpen(true)}>
          <Logo />
          <span class="tile-title">{extension.title}</span>
          <span class="muted small">{extension.description}</span>
          <span class="tile-end">
            <span class="muted small">Version {extension.version}</span>
            {tenants > 0 ? (
              <Badge tone="good">Installed for {plural(tenants, 'tenant')}</Badge>
            ) : (
              <Badge tone="plain">Not installed</Badge>
            )}
          </span>
        </button>
      </div>
      {isOpen && (
        <InstallDialog
          info={info}
          onClose={() => setOpen(false)}
          onDone={(name) => {
            setOpen(false);
            onChange();
            openRoute({ page: 'tenant', name, run: '' });
          }}
        />
      )}
    </section>
  );
}
