import { useState } from 'preact/hooks';
import { Badge, Logo, SegmentedControl } from '../../ui/components';
import { plural } from '../../ui/page-copy';
import type { DashboardInfo } from '../api/view';
import { Dialog } from './dialogs';
import { PageTitle } from './page-title';
import { InstallForm } from './settings-dialog';
import { SetupForm } from './setup-form';
import { openRoute } from './use-live';

/** Who makes the application in Auth0. */
const WAYS = [
  { value: 'own', text: 'I have a client already' },
  { value: 'setup', text: 'Set it up for me' },
] as const;

/** The dialog in which the extension is installed for another tenant. */
function InstallDialog({
  info,
  onClose,
  onDone,
}: {
  info: DashboardInfo;
  onClose: () => void;
  /** Told the tenant's name. */
  onDone: (name: string) => void;
}) {
  const [way, setWay] = useState<(typeof WAYS)[number]['value']>('own');
  const [isDone, setDone] = useState(false);
  return (
    <Dialog title={`Install ${info.extension.title}`} isWide isSaved onClose={onClose}>
      {!isDone && (
        <div class="dialog-choice">
          <SegmentedControl label="The application in Auth0" options={WAYS} value={way} onChange={setWay} />
          <p class="muted small">
            {way === 'own'
              ? 'Enter the machine-to-machine application that you have made in Auth0.'
              : 'The application and what it may do are made in Auth0 for you.'}
          </p>
        </div>
      )}
      {way === 'own' ? (
        <InstallForm info={info} onDone={onDone} />
      ) : (
        <SetupForm info={info} onSetUp={() => setDone(true)} onDone={onDone} />
      )}
    </Dialog>
  );
}

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
