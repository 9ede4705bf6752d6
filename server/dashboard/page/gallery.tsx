import { useState } from 'preact/hooks';
import { Badge, Button, Logo, SegmentedControl } from '../../ui/components';
import { plural } from '../../ui/page-copy';
import type { DashboardInfo, NewTenant } from '../api/view';
import { callApi } from './api';
import { CheckConnection } from './check-results';
import { Dialog, FormEnd, PasswordAgain } from './dialogs';
import { entered, formValues } from './form-fields';
import { useNewTenant } from './new-tenant';
import { PageTitle } from './page-title';
import { ScheduleField } from './schedule';
import { SettingFields } from './setting-fields';
import { refusal, SandboxHint } from './settings-dialog';
import { SetupForm } from './setup-form';
import { CancelButton } from './unsaved';
import { openRoute } from './use-live';

/** The form in which the extension is installed for another tenant, whose application somebody has made. */
function InstallForm({
  info,
  onDone,
}: {
  info: DashboardInfo;
  /** Told the tenant's name. */
  onDone: (name: string) => void;
}) {
  const { extension, sandbox } = info;
  const [fields] = useState(() => info.fields.filter(({ name }) => name !== 'START_FROM'));
  const [schedule, setSchedule] = useState({ cron: extension.schedule, timeZone: info.timeZone });
  const { isBusy, act, form, needsPassword, problem, problems, edit, onInput, name, nameField, start } =
    useNewTenant(schedule.timeZone);
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const from = start.read();
    if (from === undefined) return;
    const settings = { ...formValues(event.currentTarget).settings, START_FROM: from };
    const tenant: NewTenant = { name, settings, schedule: schedule.cron, timeZone: schedule.timeZone };
    if (await act(() => callApi('/api/tenants', tenant))) onDone(name);
  };
  return (
    <form class="form" ref={form} noValidate onSubmit={submit} onInput={onInput}>
      {sandbox && <SandboxHint sandbox={sandbox} />}
      <SettingFields
        fields={fields}
        problems={problems}
        beside={nameField}
        when={
          <>
            <ScheduleField
              cron={schedule.cron}
              timeZone={schedule.timeZone}
              problems={problems}
              onChange={(cron, timeZone) => {
                edit('schedule', 'timeZone');
                setSchedule({ cron, timeZone });
              }}
            />
            {start.choice}
          </>
        }
      />
      <CheckConnection read={() => entered(form.current)} />
      {needsPassword && <PasswordAgain />}
      <FormEnd problem={refusal(problem, problems, info.fields)}>
        <CancelButton />
        <Button kind="main" type="submit" isBusy={isBusy}>
          Install
        </Button>
      </FormEnd>
    </form>
  );
}

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
