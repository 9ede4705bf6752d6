import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Badge, Button, SegmentedControl } from '../../ui/components';
import type { Tone } from '../../ui/format';
import type { DashboardInfo, NewSetup, SetupLine, SetupReport } from '../api/view';
import { callApi } from './api';
import { FormEnd, PasswordAgain } from './dialogs';
import { FieldLabel, FieldProblem, formValues, wrongAttributes } from './form-fields';
import { useNewTenant } from './new-tenant';
import { SettingFields } from './setting-fields';
import { refusal } from './settings-dialog';
import { CancelButton } from './unsaved';

/** What a setup makes by itself, and what is asked for otherwise. */
const NOT_ENTERED = new Set(['AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET', 'START_FROM']);

const OUTCOMES: Readonly<Record<SetupLine['outcome'], readonly [word: string, tone: Tone]>> = {
  created: ['Created', 'good'],
  changed: ['Changed', 'warn'],
  found: ['Found', 'plain'],
  deleted: ['Deleted', 'plain'],
  left: ['Left', 'plain'],
  ok: ['OK', 'good'],
  warning: ['Warning', 'warn'],
  failed: ['Failed', 'bad'],
};

/** What a setup has done, a line for each step. */
function SetupLines({ lines }: { lines: readonly SetupLine[] }) {
  const shown = useRef<HTMLDivElement>(null);
  useEffect(() => shown.current?.scrollIntoView({ block: 'center' }), [lines]);
  return (
    <div ref={shown} aria-label="What was done" role="status">
      <ul class="result-lines">
        {lines.map(({ outcome, text }) => {
          const [word, tone] = OUTCOMES[outcome];
          return (
            <li key={text}>
              <Badge tone={tone}>{word}</Badge>
              <span>{text}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** A field whose value goes to Auth0 alone. */
function CredentialField({
  name,
  label,
  about,
  problem,
  isSecret = true,
}: {
  name: string;
  label: string;
  about: string;
  problem: string | undefined;
  isSecret?: boolean;
}) {
  const id = useId();
  const common = { id, name, class: 'input', spellcheck: false, ...wrongAttributes(id, problem) };
  return (
    <div class="field">
      <FieldLabel id={id} label={label} name="" note="(required)" />
      {isSecret ? (
        <input {...common} type="password" autocomplete="new-password" />
      ) : (
        <input {...common} type="text" autocomplete="off" />
      )}
      <FieldProblem id={id} problem={problem} />
      <p class="muted small" id={`${id}-about`}>
        {about}
      </p>
    </div>
  );
}

const KINDS = [
  { value: 'token', text: 'Management API token' },
  { value: 'client', text: 'Administrative application' },
] as const;

/** What Auth0 is administered with while the setup lasts. */
function Administration({ problems }: { problems: Readonly<Record<string, string>> }) {
  const [kind, setKind] = useState<(typeof KINDS)[number]['value']>('token');
  return (
    <section class="administration" aria-label="Administration of Auth0">
      <div>
        <h3>Administration of Auth0</h3>
        <p class="muted small">Used for this setup alone, and neither stored nor logged.</p>
      </div>
      <SegmentedControl label="Administer Auth0 with" options={KINDS} value={kind} onChange={setKind} />
      <div class="fields">
        {kind === 'token' ? (
          <CredentialField
            name="token"
            label="Management API token"
            problem={problems.token}
            about="From Applications > APIs > Auth0 Management API > API Explorer in the Auth0 Dashboard."
          />
        ) : (
          <>
            <CredentialField
              name="clientId"
              label="Client ID of the administrative application"
              problem={problems.clientId}
              about="One that may create applications, grants and log streams."
              isSecret={false}
            />
            <CredentialField
              name="clientSecret"
              label="Its client secret"
              problem={problems.clientSecret}
              about="Of that application."
            />
          </>
        )}
      </div>
    </section>
  );
}

/** Whether Auth0 is to tell of new logs, and where it reaches this exporter. */
function Push({
  isOn,
  problem,
  onChange,
}: {
  isOn: boolean;
  problem: string | undefined;
  onChange: (isOn: boolean) => void;
}) {
  const id = useId();
  const { origin, protocol } = window.location;
  return (
    <div class="field">
      <label class="check">
        <input type="checkbox" checked={isOn} onInput={(event) => onChange(event.currentTarget.checked)} />
        <span>
          Export within seconds
          <span class="muted small block" id={`${id}-about`}>
            A log stream in Auth0 tells this exporter of new logs. Needs a plan with log streams, and an
            address that Auth0 reaches; the schedule exports in any case.
          </span>
        </span>
      </label>
      {isOn && (
        <>
          <FieldLabel id={id} label="Address of this exporter" name="" note="(required)" />
          <input
            id={id}
            name="push"
            class="input"
            type="url"
            defaultValue={protocol === 'https:' ? origin : ''}
            placeholder="https://exporter.example.com"
            autocomplete="off"
            {...wrongAttributes(id, problem)}
          />
          <FieldProblem id={id} problem={problem} />
        </>
      )}
    </div>
  );
}

/** Reads the form; what is entered for Auth0 alone is no setting. */
function readSetup(form: HTMLFormElement, name: string, names: ReadonlySet<string>): NewSetup {
  const { settings, password } = formValues(form);
  const { AUTH0_DOMAIN: domain = '', ...others } = settings;
  const entered = new FormData(form);
  const optional = (['token', 'clientId', 'clientSecret', 'push'] as const).flatMap((field) => {
    const value = entered.get(field);
    return typeof value === 'string' ? [[field, value] as const] : [];
  });
  return {
    name,
    domain,
    settings: Object.fromEntries(Object.entries(others).filter(([setting]) => names.has(setting))),
    ...Object.fromEntries(optional),
    ...(password === undefined ? {} : { password }),
  };
}

/** What came of a setup that did not end early. */
function Finished({ report, name, onDone }: { report: SetupReport; name: string; onDone: () => void }) {
  const button = useRef<HTMLDivElement>(null);
  useEffect(() => button.current?.querySelector('button')?.focus(), []);
  return (
    <div class="form" ref={button}>
      <SetupLines lines={report.lines} />
      <FormEnd problem="">
        <Button kind="main" onClick={onDone}>
          Open {name}
        </Button>
      </FormEnd>
    </div>
  );
}

/** The form in which the extension is installed for another tenant, whose application is made in Auth0. */
export function SetupForm({
  info,
  onSetUp,
  onDone,
}: {
  info: DashboardInfo;
  /** Called when nothing is left to be done. */
  onSetUp: () => void;
  /** Told the tenant's name. */
  onDone: (name: string) => void;
}) {
  const [fields] = useState(() => info.fields.filter((field) => !NOT_ENTERED.has(field.name)));
  const { isBusy, act, form, needsPassword, problem, problems, onInput, name, nameField, start } =
    useNewTenant(info.timeZone);
  const [isPush, setPush] = useState(false);
  const [report, setReport] = useState<SetupReport>();
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const from = start.read();
    if (from === undefined) return;
    const { settings, ...setup } = readSetup(
      event.currentTarget,
      name,
      new Set(fields.map((field) => field.name)),
    );
    await act(async () => {
      const answer = await callApi<SetupReport>('/api/setup', {
        ...setup,
        settings: { ...settings, START_FROM: from },
      });
      setReport(answer);
      if (answer.problem === '') onSetUp();
    });
  };
  if (report?.problem === '') return <Finished report={report} name={name} onDone={() => onDone(name)} />;
  return (
    <form class="form" ref={form} noValidate onSubmit={submit} onInput={onInput}>
      {report && <SetupLines lines={report.lines} />}
      <SettingFields fields={fields} problems={problems} when={start.choice}>
        <Administration problems={problems} />
        <div class="fields">
          {nameField}
          <Push isOn={isPush} problem={problems.push} onChange={setPush} />
        </div>
      </SettingFields>
      {needsPassword && <PasswordAgain />}
      <FormEnd problem={refusal(problem, problems, info.fields) || (report?.problem ?? '')}>
        <CancelButton />
        <Button kind="main" type="submit" isBusy={isBusy}>
          {report ? 'Continue the setup' : isBusy ? 'Setting up…' : 'Set up'}
        </Button>
      </FormEnd>
    </form>
  );
}
