import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../../ui/button';
import type { DashboardState } from '../dashboard-state';
import { callApi } from './call-api';
import { Dialog } from './dialog';
import { formValues } from './form-values';
import { asksPassword, PasswordAgain } from './password-again';
import { SandboxHint } from './sandbox-hint';
import { ScheduleField } from './schedule-field';
import { SettingField } from './setting-field';
import { useAction } from './use-action';

/** The dialog in which the extension is installed, or its settings are changed. */
export function SettingsDialog({
  state,
  onClose,
  onDone,
}: {
  state: DashboardState;
  onClose: () => void;
  onDone: () => void;
}) {
  const { extension, installed, fields, sandbox } = state;
  const { isBusy, problem, code, problems, act } = useAction();
  const [needsPassword, setNeedsPassword] = useState(false);
  if (asksPassword(code) && !needsPassword) setNeedsPassword(true);
  const [schedule, setSchedule] = useState({ cron: extension.schedule, timeZone: state.timeZone });
  const form = useRef<HTMLFormElement>(null);
  const marked = fields.filter(({ name }) => problems[name]).map(({ name }) => name);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [problems]);
  useEffect(() => {
    if (needsPassword) form.current?.querySelector<HTMLElement>('[name=password]')?.focus();
  }, [needsPassword]);
  const tenant = fields.filter((field) => field.isTenant);
  const others = fields.filter((field) => !field.isTenant);

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const values = formValues(event.currentTarget);
    const when = { schedule: schedule.cron, timeZone: schedule.timeZone };
    const isDone = await act(() =>
      installed ? callApi('/api/settings', values) : callApi('/api/install', { ...values, ...when }),
    );
    if (isDone) onDone();
  };

  return (
    <Dialog
      title={installed ? `${extension.title}: settings` : `Install ${extension.title}`}
      onClose={onClose}
    >
      <form class="form" ref={form} noValidate onSubmit={submit}>
        {sandbox && !installed && <SandboxHint sandbox={sandbox} />}
        {!installed && (
          <ScheduleField
            cron={schedule.cron}
            timeZone={schedule.timeZone}
            isGiven={false}
            onChange={(cron, timeZone) => setSchedule({ cron, timeZone })}
          />
        )}
        {tenant.length > 0 && <h3>Your Auth0 tenant</h3>}
        {tenant.map((field) => (
          <SettingField key={field.name} field={field} problem={problems[field.name]} />
        ))}
        {tenant.length > 0 && <h3>Export</h3>}
        {others.map((field) => (
          <SettingField key={field.name} field={field} problem={problems[field.name]} />
        ))}
        {needsPassword && <PasswordAgain />}
        <div class="form-end">
          {problem && (
            <p class="field-problem" role="alert">
              {marked.length > 0 ? `Nothing was saved. See ${marked.join(', ')}.` : problem}
            </p>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="main" type="submit" disabled={isBusy}>
            {installed ? 'Save' : 'Install'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
