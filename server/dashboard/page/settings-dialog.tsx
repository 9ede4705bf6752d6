import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Button, Notice } from '../../ui/components';
import { Copyable } from '../../ui/copy';
import type { DashboardInfo, Field, NewTenant, TenantDetails } from '../api/view';
import { callApi, tenantPath, useAction } from './api';
import { CallsToSegment } from './call-sample';
import { CheckConnection } from './check-results';
import { asksPassword, Dialog, FormEnd, PasswordAgain } from './dialogs';
import { FieldLabel, NameField, useSuggestedName } from './form-fields';
import { entered, formValues } from './form-values';
import { ScheduleField } from './schedule';

/** What to enter while the sandbox stands in for the world. */
function SandboxHint({ sandbox }: { sandbox: NonNullable<DashboardInfo['sandbox']> }) {
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
  const { name, label, kind, setBy, isSaved, hint, isRequired } = field;
  const isOverridden = setBy !== '';
  const ending = hint && ` (${hint})`;
  const isReference = /^(env|file):/.test(setBy);
  const common = {
    id,
    name,
    disabled: isOverridden,
    'aria-describedby': `${id}-about${problem ? ` ${id}-problem` : ''}`,
    'aria-invalid': problem ? true : undefined,
    class: 'input',
  };
  const entry = {
    defaultValue: field.value,
    spellcheck: false,
    placeholder: isOverridden
      ? `Set by ${setBy}${ending}`
      : isSaved
        ? `Saved${ending}. Leave empty to keep it.`
        : '',
  };
  return (
    <div class="field">
      <FieldLabel
        id={id}
        label={label}
        name={name}
        note={isRequired && !isSaved && !isOverridden ? '(required)' : ''}
      />
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
        {isOverridden && (
          <strong>
            {isReference ? 'Read from ' : 'Set by '}
            <code>{setBy}</code>
            {isReference ? ' at each run, and changed there. ' : ', and changed there. '}
          </strong>
        )}
        {field.description}
      </p>
      {isSaved && !isRequired && !isOverridden && (
        <label class="check small">
          <input type="checkbox" name={`clear:${name}`} /> Remove what is saved
        </label>
      )}
    </div>
  );
}

/** What goes to Segment, closed until somebody wants it or something in it is wrong, with a sample of what it makes. */
function Advanced({
  fields,
  problems,
  show,
}: {
  fields: readonly Field[];
  problems: Readonly<Record<string, string>>;
  show: (fields: readonly Field[]) => ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(false);
  const isWrong = fields.some(({ name }) => problems[name]);
  useEffect(() => {
    if (isWrong) setOpen(true);
  }, [isWrong]);
  const [entered, setEntered] = useState(() =>
    Object.fromEntries(fields.map(({ name, value }) => [name, value])),
  );
  const note = ({ target }: Event) => {
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) {
      const { name, value } = target;
      setEntered((before) => ({ ...before, [name]: value }));
    }
  };
  return (
    <details
      class="advanced"
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      onInput={note}
    >
      <summary>Advanced: what goes to Segment</summary>
      {show(fields)}
      {isOpen && <CallsToSegment settings={entered} />}
    </details>
  );
}

/** The settings in two columns, those without which nothing runs first. */
export function SettingFields({
  fields,
  problems,
  children,
}: {
  fields: readonly Field[];
  problems: Readonly<Record<string, string>>;
  /** Between what is required and what is not. */
  children?: ComponentChildren;
}) {
  const show = (chosen: readonly Field[]) => (
    <div class="fields">
      {chosen.map((field) => (
        <SettingField key={field.name} field={field} problem={problems[field.name]} />
      ))}
    </div>
  );
  const isFirst = (field: Field) => field.isTenant || field.isRequired;
  return (
    <>
      {show(fields.filter(isFirst))}
      {children}
      <h3>Optional</h3>
      {show(fields.filter((field) => !isFirst(field) && !field.isAdvanced))}
      <Advanced fields={fields.filter(({ isAdvanced }) => isAdvanced)} problems={problems} show={show} />
    </>
  );
}

/** A form's refusal: leads to the first field that is wrong, and asks for the password where that is needed. */
export function useRefusals({ code, problems }: Pick<ReturnType<typeof useAction>, 'code' | 'problems'>) {
  const form = useRef<HTMLFormElement>(null);
  const [needsPassword, setNeedsPassword] = useState(false);
  if (asksPassword(code) && !needsPassword) setNeedsPassword(true);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [problems]);
  useEffect(() => {
    if (needsPassword) form.current?.querySelector<HTMLElement>('[name=password]')?.focus();
  }, [needsPassword]);
  return { form, needsPassword };
}

const OTHER_LABELS: Readonly<Record<string, string>> = {
  name: 'Name',
  schedule: 'Schedule',
  timeZone: 'Schedule',
};

/** What is said below a form that was refused: which fields, where these are marked. */
export function refusal(
  problem: string,
  problems: Readonly<Record<string, string>>,
  fields: readonly Field[],
): string {
  const labels = Object.keys(problems).map(
    (name) => OTHER_LABELS[name] ?? fields.find((field) => field.name === name)?.label ?? name,
  );
  if (!problem || labels.length === 0) return problem;
  return `Nothing was saved. See ${[...new Set(labels)].join(', ')}.`;
}

/** Changes the settings of a tenant. */
export function SettingsDialog({
  details,
  info,
  onClose,
  onDone,
}: {
  details: TenantDetails;
  info: DashboardInfo;
  onClose: () => void;
  onDone: () => void;
}) {
  const { name } = details.summary;
  // As they were when the dialog was opened: what is being entered stays, whatever happens behind it.
  const [fields] = useState(details.fields);
  const { isBusy, problem, code, problems, act } = useAction();
  const { form, needsPassword } = useRefusals({ code, problems });
  const needsKey = fields.some(({ name, setBy }) => name === 'SEGMENT_KEY' && setBy === '');
  const canChange = fields.some(({ setBy }) => setBy === '');
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const change = formValues(event.currentTarget);
    if (await act(() => callApi(tenantPath(name, 'settings'), change))) onDone();
  };
  return (
    <Dialog title={`Settings of ${name}`} isWide onClose={onClose}>
      <form class="form" ref={form} noValidate onSubmit={submit}>
        {info.sandbox && needsKey && <SandboxHint sandbox={info.sandbox} />}
        <SettingFields fields={fields} problems={problems} />
        {canChange && <CheckConnection read={() => ({ tenant: name, ...entered(form.current) })} />}
        {needsPassword && <PasswordAgain />}
        <FormEnd problem={refusal(problem, problems, fields)}>
          <Button onClick={onClose}>{canChange ? 'Cancel' : 'Close'}</Button>
          {canChange && (
            <Button kind="main" type="submit" disabled={isBusy}>
              Save
            </Button>
          )}
        </FormEnd>
      </form>
    </Dialog>
  );
}

/** The form in which the extension is installed for another tenant, whose application somebody has made. */
export function InstallForm({
  info,
  onClose,
  onDone,
}: {
  info: DashboardInfo;
  onClose: () => void;
  /** Told the tenant's name. */
  onDone: (name: string) => void;
}) {
  const { extension, sandbox } = info;
  const [fields] = useState(info.fields);
  const { isBusy, problem, code, problems, act } = useAction();
  const { form, needsPassword } = useRefusals({ code, problems });
  const [schedule, setSchedule] = useState({ cron: extension.schedule, timeZone: info.timeZone });
  const { name, setName, suggest } = useSuggestedName();
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const { settings } = formValues(event.currentTarget);
    const tenant: NewTenant = { name, settings, schedule: schedule.cron, timeZone: schedule.timeZone };
    if (await act(() => callApi('/api/tenants', tenant))) onDone(name);
  };
  return (
    <form class="form" ref={form} noValidate onSubmit={submit} onInput={suggest}>
      {sandbox && <SandboxHint sandbox={sandbox} />}
      <SettingFields fields={fields} problems={problems}>
        <NameField name={name} problem={problems.name} onInput={setName} />
        <ScheduleField
          cron={schedule.cron}
          timeZone={schedule.timeZone}
          problem={problems.schedule ?? problems.timeZone}
          onChange={(cron, timeZone) => setSchedule({ cron, timeZone })}
        />
      </SettingFields>
      <CheckConnection read={() => entered(form.current)} />
      {needsPassword && <PasswordAgain />}
      <FormEnd problem={refusal(problem, problems, fields)}>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="main" type="submit" disabled={isBusy}>
          Install
        </Button>
      </FormEnd>
    </form>
  );
}
