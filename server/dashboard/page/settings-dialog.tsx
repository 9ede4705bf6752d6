import { useEffect, useRef, useState } from 'preact/hooks';
import { Button, Notice } from '../../ui/components';
import { Copyable } from '../../ui/copy';
import { describeStartFrom } from '../../ui/page-copy';
import type { DashboardInfo, Field, TenantDetails } from '../api/view';
import { callApi, type Reload, tenantPath, useAction } from './api';
import { CheckConnection } from './check-results';
import { asksPassword, Dialog, FormEnd, PasswordAgain } from './dialogs';
import { entered, formValues } from './form-fields';
import { SettingFields } from './setting-fields';
import { CancelButton } from './unsaved';

/** What to enter while the sandbox stands in for the world. */
export function SandboxHint({ sandbox }: { sandbox: NonNullable<DashboardInfo['sandbox']> }) {
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

/**
 * A form's refusal: leads to the first field that is wrong, and asks for the password where that is needed. What is wrong
 * with a field is said until it is edited: then it is not what was refused any more.
 */
export function useRefusals({
  problem,
  code,
  problems: refused,
}: Pick<ReturnType<typeof useAction>, 'problem' | 'code' | 'problems'>) {
  const form = useRef<HTMLFormElement>(null);
  const [needsPassword, setNeedsPassword] = useState(false);
  const [edited, setEdited] = useState({ of: refused, names: new Set<string>() });
  const isEdited = (name: string) => edited.of === refused && edited.names.has(name);
  const problems = Object.fromEntries(Object.entries(refused).filter(([name]) => !isEdited(name)));
  const isMended = Object.keys(refused).length > 0 && Object.keys(problems).length === 0;
  /** Takes back what was wrong with fields. */
  const edit = (...names: readonly string[]) =>
    setEdited((before) => ({
      of: refused,
      names: new Set([...(before.of === refused ? before.names : []), ...names]),
    }));
  const onInput = ({ target }: Event) => {
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) edit(target.name);
  };
  if (asksPassword(code) && !needsPassword) setNeedsPassword(true);
  useEffect(() => {
    const wrong = [...(form.current?.querySelectorAll<HTMLElement>('[aria-invalid]') ?? [])];
    // What is in a closed group can neither be seen nor take the focus.
    for (const group of wrong.map((field) => field.closest('details'))) if (group) group.open = true;
    wrong[0]?.focus();
  }, [refused]);
  useEffect(() => {
    if (needsPassword) form.current?.querySelector<HTMLElement>('[name=password]')?.focus();
  }, [needsPassword]);
  return { form, needsPassword, problem: isMended ? '' : problem, problems, edit, onInput };
}

const OTHER_LABELS: Readonly<Record<string, string>> = {
  name: 'Name',
  schedule: 'Schedule',
  timeZone: 'Time zone',
  token: 'Management API token',
  clientId: 'Client ID of the administrative application',
  clientSecret: 'Its client secret',
  push: 'Address of this exporter',
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
  onDone: Reload;
}) {
  const { name } = details.summary;
  // As they were when the dialog was opened: what is being entered stays, whatever happens behind it.
  const [fields] = useState(details.fields);
  const { isBusy, act, ...refusals } = useAction();
  const { form, needsPassword, problem, problems, onInput } = useRefusals(refusals);
  const needsKey = fields.some(({ name, setBy }) => name === 'SEGMENT_KEY' && setBy === '');
  const canChange = fields.some(({ setBy }) => setBy === '');
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const change = formValues(event.currentTarget);
    await act(async () => {
      await callApi(tenantPath(name, 'settings'), change);
      await onDone();
    });
  };
  return (
    <Dialog title={`Settings of ${name}`} isWide isSaved onClose={onClose}>
      <form class="form" ref={form} noValidate onSubmit={submit} onInput={onInput}>
        {info.sandbox && needsKey && <SandboxHint sandbox={info.sandbox} />}
        <SettingFields
          fields={fields}
          problems={problems}
          states={{ START_FROM: describeStartFrom(details.startFrom) }}
          when={
            <p class="small">
              {details.schedule.description}, {details.schedule.timeZone} time. “Reschedule” on the tenant’s
              page changes that.
            </p>
          }
        />
        {canChange && <CheckConnection read={() => ({ tenant: name, ...entered(form.current) })} />}
        {needsPassword && <PasswordAgain />}
        <FormEnd problem={refusal(problem, problems, fields)}>
          <CancelButton text={canChange ? 'Cancel' : 'Close'} />
          {canChange && (
            <Button kind="main" type="submit" isBusy={isBusy}>
              Save
            </Button>
          )}
        </FormEnd>
      </form>
    </Dialog>
  );
}
