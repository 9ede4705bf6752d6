import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Button, Notice } from '../../ui/components';
import { Copyable } from '../../ui/copy';
import type { DashboardState, Field } from '../api/types';
import { callApi, useAction } from './api';
import { asksPassword, Dialog, PasswordAgain } from './dialogs';
import { ScheduleField } from './schedule';

/** What was entered in a form of settings. */
interface FormValues {
  settings: Record<string, string>;
  /** Names of saved passwords that are to go. */
  clear: string[];
  /** Of the Dashboard, where the form asks for it. */
  password?: string;
}

const CLEAR = 'clear:';

/** Reads a form of settings; what is disabled in it is left out. */
function formValues(form: HTMLFormElement): FormValues {
  const settings: Record<string, string> = {};
  const clear: string[] = [];
  let password: string | undefined;
  for (const [name, value] of new FormData(form)) {
    if (name.startsWith(CLEAR)) clear.push(name.slice(CLEAR.length));
    else if (name === 'password') password = String(value);
    else if (typeof value === 'string' && name !== 'schedule' && name !== 'timeZone') settings[name] = value;
  }
  return { settings, clear, ...(password === undefined ? {} : { password }) };
}

/** What to enter while the sandbox stands in for the world. */
function SandboxHint({ sandbox }: { sandbox: NonNullable<DashboardState['sandbox']> }) {
  return (
    <Notice tone="plain" title="This is the sandbox: an Auth0 tenant, Segment and Slack on this machine.">
      <p class="small">
        SEGMENT_KEY: <Copyable text={sandbox.segmentKey} name="the sandbox's write key" />
      </p>
      <p class="small">
        SLACK_INCOMING_WEBHOOK: <Copyable text={sandbox.slackWebhook} name="the sandbox's webhook" />
      </p>
    </Notice>
  );
}

/** A setting in a form: its name, what it means, and where it is entered. */
function SettingField({ field, problem }: { field: Field; problem: string | undefined }) {
  const id = useId();
  const { name, kind, isOverridden, isSaved, isRequired } = field;
  const described = `${id}-about${problem ? ` ${id}-problem` : ''}`;
  const common = {
    id,
    name,
    disabled: isOverridden,
    'aria-describedby': described,
    'aria-invalid': problem ? true : undefined,
    class: 'input',
  };
  const entry = {
    defaultValue: field.value,
    spellcheck: false,
    placeholder: isOverridden
      ? 'Set by environment or configuration file'
      : isSaved
        ? 'Saved. Leave empty to keep it.'
        : '',
  };
  return (
    <div class="field">
      <label for={id}>
        {name}
        {isRequired && !isSaved && <span class="muted"> (required)</span>}
      </label>
      {kind === 'select' ? (
        <select {...common} defaultValue={field.value}>
          {field.options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === field.value}>
              {option.text}
            </option>
          ))}
        </select>
      ) : kind === 'password' ? (
        <input {...common} {...entry} type="password" autocomplete="new-password" />
      ) : (
        <input {...common} {...entry} type="text" autocomplete="off" />
      )}
      {problem && (
        <p class="field-problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      <p class="muted small" id={`${id}-about`}>
        {field.description}
        {isOverridden && ' It is given by arguments, environment or config.json, and is changed there.'}
      </p>
      {isSaved && !isRequired && !isOverridden && (
        <label class="check small">
          <input type="checkbox" name={`clear:${name}`} /> Remove what is saved
        </label>
      )}
    </div>
  );
}

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
            isOverridden={false}
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
