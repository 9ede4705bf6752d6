import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Button } from '../../ui/components';
import type { ReplayFrom, ReplayStart } from '../api/replay-view';
import type { TenantDetails } from '../api/view';
import { callApi, tenantPath, useAction } from './api';
import { Dialog, FormEnd } from './dialogs';
import { describeReplay, describeStartFrom, momentOf } from './tenant-copy';
import { CancelButton } from './unsaved';

/** From where on logs are sent. */
type Kind = 'log' | 'at' | 'oldest' | 'now';

const KINDS: readonly { kind: Kind; label: string; about: string }[] = [
  { kind: 'log', label: 'A checkpoint ID', about: 'That log and everything after it.' },
  { kind: 'at', label: 'A date and time', about: 'The first log of then or later, and everything after it.' },
  { kind: 'oldest', label: 'The oldest log', about: 'Everything that Auth0 still has.' },
  {
    kind: 'now',
    label: 'Now',
    about: 'The newest log, and what comes from now on. Older logs that have not been sent are left out.',
  },
];

/** What is entered below the kind of start that is chosen. */
interface Entered {
  kind: Kind;
  id: string;
  /** As a field for local times has it. */
  wall: string;
  timeZone: string;
}

/** What the host is asked for, or what is missing. */
function toRequest({ kind, id, wall, timeZone }: Entered): { request: ReplayFrom } | { problem: string } {
  switch (kind) {
    case 'oldest':
      return { request: { oldest: true } };
    case 'now':
      return { request: { now: true } };
    case 'log':
      return id.trim() === ''
        ? { problem: 'Enter the checkpoint ID of the log to start with.' }
        : { request: { from: id } };
    case 'at': {
      const at = momentOf(wall, timeZone);
      if (Number.isNaN(at)) return { problem: 'Enter a date and a time.' };
      return { request: { at: new Date(at).toISOString() } };
    }
  }
}

/** A date and time, and the zone whose clocks show it. */
function MomentFields({
  entered,
  zones,
  about,
  onChange,
}: {
  entered: Entered;
  zones: readonly { timeZone: string; text: string }[];
  /** Id of what says what is wrong. */
  about: string | undefined;
  onChange: (change: Partial<Entered>) => void;
}) {
  return (
    <div class="moment">
      <input
        class="input"
        type="datetime-local"
        name="at"
        aria-label="Date and time"
        aria-describedby={about}
        aria-invalid={about ? true : undefined}
        value={entered.wall}
        onInput={(event) => onChange({ wall: event.currentTarget.value })}
      />
      <select
        class="input"
        aria-label="Time zone"
        value={entered.timeZone}
        onChange={(event) => onChange({ timeZone: event.currentTarget.value })}
      >
        {zones.map(({ timeZone, text }) => (
          <option key={timeZone} value={timeZone}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The zones that somebody may mean: the own one, that of the schedule, and UTC. */
function zonesOf(scheduled: string): { timeZone: string; text: string }[] {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const others = [...new Set([scheduled, 'UTC'])].filter((timeZone) => timeZone !== own);
  return [
    { timeZone: own, text: `${own} (where you are)` },
    ...others.map((timeZone) => ({
      timeZone,
      text: timeZone === scheduled ? `${timeZone} (of the schedule)` : timeZone,
    })),
  ];
}

/** Asks from where on to send, and begins a run that does. */
export function StartDialog({
  details,
  checkpoint,
  onClose,
  onDone,
}: {
  details: TenantDetails;
  /** Of a failed run, to replay from; empty where it is not about one. */
  checkpoint: string;
  onClose: () => void;
  /** Told what was found, in words. */
  onDone: (found: string) => void;
}) {
  const id = useId();
  const { isBusy, problem, problems, act, forget } = useAction();
  const zones = zonesOf(details.schedule.timeZone);
  const [entered, setEntered] = useState<Entered>({
    kind: checkpoint === '' ? 'at' : 'log',
    id: checkpoint,
    wall: '',
    timeZone: zones[0]?.timeZone ?? 'UTC',
  });
  const [missing, setMissing] = useState('');
  const change = (more: Partial<Entered>) => {
    forget();
    setMissing('');
    setEntered((before) => ({ ...before, ...more }));
  };
  const isRunning = details.running !== null;
  const wrong = missing || problems.START_FROM || '';
  const about = wrong === '' ? undefined : `${id}-problem`;
  const used = describeStartFrom(details.startFrom);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // What is wrong may be out of sight of the button that was pressed.
    if (wrong) form.current?.querySelector<HTMLElement>('.start-entry input')?.focus();
  }, [wrong]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const asked = toRequest(entered);
    if ('problem' in asked) {
      setMissing(asked.problem);
      return;
    }
    await act(async () => {
      const path = tenantPath(details.summary.name, 'replay');
      onDone(describeReplay(await callApi<ReplayStart>(path, asked.request)));
    });
  };
  const fieldsOf: Partial<Record<Kind, ComponentChildren>> = {
    log: (
      <input
        class="input code"
        name="from"
        aria-label="Checkpoint ID"
        aria-describedby={about}
        aria-invalid={about ? true : undefined}
        value={entered.id}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => change({ id: event.currentTarget.value })}
      />
    ),
    at: <MomentFields entered={entered} zones={zones} about={about} onChange={change} />,
  };
  return (
    <Dialog title="Start from" onClose={onClose}>
      <form class="form" ref={form} noValidate onSubmit={submit}>
        <p>
          A run begins at once and sends everything from there on, also what was sent before. Segment
          recognises what it has had within the last day or longer, and counts it once.
        </p>
        <fieldset class="starts">
          <legend class="visually-hidden">Start from</legend>
          {KINDS.map(({ kind, label, about: what }) => (
            <div key={kind} class="start">
              <label class="check">
                <input
                  type="radio"
                  name="kind"
                  value={kind}
                  checked={entered.kind === kind}
                  onChange={() => change({ kind })}
                />
                <span>
                  {label} <span class="muted small block">{what}</span>
                </span>
              </label>
              {entered.kind === kind && (
                <div class="start-entry">
                  {fieldsOf[kind]}
                  {wrong && (
                    <p class="field-problem" id={about} role="alert">
                      {wrong}
                    </p>
                  )}
                </div>
              )}
            </div>
          ))}
        </fieldset>
        <p class="muted small">
          {isRunning
            ? 'A run is under way. Start when it has ended.'
            : 'The log is looked up in Auth0, and its ID put into START_FROM.'}
          {used && (
            <>
              {' '}
              START_FROM is <code class="preview-id">{details.startFrom?.id}</code>. {used}
            </>
          )}
        </p>
        <FormEnd problem={wrong ? '' : problem}>
          <CancelButton />
          <Button kind="main" type="submit" disabled={isRunning && !isBusy} isBusy={isBusy}>
            {isBusy ? 'Looking for the log…' : checkpoint === '' ? 'Start a run' : 'Replay from here'}
          </Button>
        </FormEnd>
      </form>
    </Dialog>
  );
}
