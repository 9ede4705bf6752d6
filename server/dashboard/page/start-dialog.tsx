import type { ComponentChild } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { localTimeZone } from '../../../src/time-zone';
import { Button } from '../../ui/components';
import { describeStartFrom } from '../../ui/page-copy';
import type { ReplayFrom, ReplayStart } from '../api/replay-view';
import type { TenantDetails } from '../api/view';
import { callApi, tenantPath, useAction } from './api';
import { Dialog, FormEnd } from './dialogs';
import { momentOf } from './tenant-copy';
import { CancelButton } from './unsaved';

/** From where on logs are sent. */
type Kind = 'log' | 'at' | 'oldest' | 'now';

/** A kind of start, as it is offered. */
interface StartKind {
  kind: Kind;
  label: string;
  about: string;
}

const fromLog: StartKind = {
  kind: 'log',
  label: 'A checkpoint ID',
  about: 'That log and everything after it.',
};
const fromMoment: StartKind = {
  kind: 'at',
  label: 'A date and time',
  about: 'The first log of then or later, and everything after it.',
};
const fromOldest: StartKind = {
  kind: 'oldest',
  label: 'The oldest log',
  about: 'Everything that Auth0 still has.',
};
/** @param leaves what does not go then, in a sentence */
const fromNow = (leaves: string): StartKind => ({
  kind: 'now',
  label: 'Now',
  about: `The newest log, and what comes from now on. ${leaves}`,
});

/** What is entered below the kind of start that is chosen. */
interface StartEntered {
  kind: Kind;
  id: string;
  /** As a field for local times has it. */
  wall: string;
  timeZone: string;
}

/** A zone that somebody may mean. */
interface StartZone {
  timeZone: string;
  text: string;
}

/** Where to start; the moment in ISO 8601. */
type Start = { kind: 'oldest' | 'now' } | { kind: 'log'; id: string } | { kind: 'at'; at: string };

/** Reads what is entered: where to start, or what is missing to know it. */
function readStart({ kind, id, wall, timeZone }: StartEntered): Start | { kind: 'missing'; problem: string } {
  if (kind === 'log') {
    return id.trim() === ''
      ? { kind: 'missing', problem: 'Enter the checkpoint ID of the log to start with.' }
      : { kind, id };
  }
  if (kind !== 'at') return { kind };
  const at = momentOf(wall, timeZone);
  return Number.isNaN(at)
    ? { kind: 'missing', problem: 'Enter a date and a time.' }
    : { kind, at: new Date(at).toISOString() };
}

/** The zones that somebody may mean: the own one, that of the schedule, and UTC. */
function zonesOf(scheduled: string): StartZone[] {
  const own = localTimeZone();
  const others = [...new Set([scheduled, 'UTC'])].filter((timeZone) => timeZone !== own);
  return [
    { timeZone: own, text: `${own} (where you are)` },
    ...others.map((timeZone) => ({
      timeZone,
      text: timeZone === scheduled ? `${timeZone} (of the schedule)` : timeZone,
    })),
  ];
}

/** What the fields of a start are drawn from. */
interface StartProps {
  entered: StartEntered;
  zones: readonly StartZone[];
  /** What is wrong; empty where nothing is. */
  wrong: string;
  onChange: (change: Partial<StartEntered>) => void;
}

/** The ID of a log, or a date and time and the zone whose clocks show it. */
function StartEntry({ entered, zones, wrong, onChange }: StartProps) {
  const id = useId();
  const about = wrong === '' ? undefined : `${id}-problem`;
  const common = { class: 'input', 'aria-describedby': about, 'aria-invalid': about ? true : undefined };
  return (
    <div class="start-entry">
      {entered.kind === 'log' && (
        <input
          {...common}
          class="input code"
          name="from"
          aria-label="Checkpoint ID"
          value={entered.id}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => onChange({ id: event.currentTarget.value })}
        />
      )}
      {entered.kind === 'at' && (
        <div class="moment">
          <input
            {...common}
            type="datetime-local"
            name="at"
            aria-label="Date and time"
            value={entered.wall}
            onInput={(event) => onChange({ wall: event.currentTarget.value })}
          />
          <select
            class="input"
            aria-label="Time zone"
            value={entered.timeZone}
            onInput={(event) => onChange({ timeZone: event.currentTarget.value })}
          >
            {zones.map(({ timeZone, text }) => (
              <option key={timeZone} value={timeZone}>
                {text}
              </option>
            ))}
          </select>
        </div>
      )}
      {wrong && (
        <p class="field-problem" id={about} role="alert">
          {wrong}
        </p>
      )}
    </div>
  );
}

/** Asks from where on to send: the kinds as they are offered, and below the chosen one what it needs. */
function StartChoice({
  kinds,
  isTitled = false,
  ...props
}: StartProps & {
  kinds: readonly StartKind[];
  /** Whether it says what it is about, among other things that are asked. */
  isTitled?: boolean;
}) {
  const { entered, onChange } = props;
  return (
    <fieldset class="starts">
      <legend class={isTitled ? 'starts-title' : 'visually-hidden'}>Start from</legend>
      {kinds.map(({ kind, label, about }) => (
        <div key={kind} class="start">
          <label class="check">
            <input
              type="radio"
              name="kind"
              value={kind}
              checked={entered.kind === kind}
              onChange={() => onChange({ kind })}
            />
            <span>
              {label} <span class="muted small block">{about}</span>
            </span>
          </label>
          {entered.kind === kind && <StartEntry {...props} />}
        </div>
      ))}
    </fieldset>
  );
}

/** A new tenant begins with the oldest log where nothing else is said. */
const FIRST_KINDS: readonly StartKind[] = [
  fromOldest,
  fromNow('Older logs are left out.'),
  fromMoment,
  fromLog,
];

/** As START_FROM takes it, of a new tenant. */
function toSetting(asked: Start): string {
  switch (asked.kind) {
    case 'oldest':
      return '';
    case 'now':
      return 'now';
    case 'log':
      return asked.id;
    case 'at':
      return asked.at;
  }
}

/**
 * Asks where a new tenant starts.
 *
 * @param scheduled the zone of its schedule
 * @param problem what the host has refused
 * @param onEdit called when something else is entered: what was refused is no more
 * @returns the fields, and what reads them as START_FROM: `undefined` where something is missing, which is then shown
 */
export function useFirstStart(
  scheduled: string,
  problem: string | undefined,
  onEdit: () => void,
): { choice: ComponentChild; read: () => string | undefined } {
  const zones = zonesOf(scheduled);
  const [entered, setEntered] = useState<StartEntered>({
    kind: 'oldest',
    id: '',
    wall: '',
    timeZone: zones[0]?.timeZone ?? 'UTC',
  });
  const [missing, setMissing] = useState('');
  const choice = (
    <StartChoice
      kinds={FIRST_KINDS}
      isTitled
      entered={entered}
      zones={zones}
      wrong={missing || problem || ''}
      onChange={(change) => {
        setMissing('');
        onEdit();
        setEntered((before) => ({ ...before, ...change }));
      }}
    />
  );
  const read = () => {
    const asked = readStart(entered);
    if (asked.kind !== 'missing') return toSetting(asked);
    setMissing(asked.problem);
    return undefined;
  };
  return { choice, read };
}

const KINDS: readonly StartKind[] = [
  fromLog,
  fromMoment,
  fromOldest,
  fromNow('Older logs that have not been sent are left out.'),
];

/** What the host is asked for. */
function toRequest(asked: Start): ReplayFrom {
  switch (asked.kind) {
    case 'oldest':
      return { oldest: true };
    case 'now':
      return { now: true };
    case 'log':
      return { from: asked.id };
    case 'at':
      return { at: asked.at };
  }
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
  /** Told what was found; settles when the page shows what came of it. */
  onDone: (found: ReplayStart) => Promise<unknown>;
}) {
  const { isBusy, problem, problems, act, forget } = useAction();
  const zones = zonesOf(details.schedule.timeZone);
  const [entered, setEntered] = useState<StartEntered>({
    kind: checkpoint === '' ? 'at' : 'log',
    id: checkpoint,
    wall: '',
    timeZone: zones[0]?.timeZone ?? 'UTC',
  });
  const [missing, setMissing] = useState('');
  const change = (more: Partial<StartEntered>) => {
    forget();
    setMissing('');
    setEntered((before) => ({ ...before, ...more }));
  };
  const isRunning = details.running !== null;
  const wrong = missing || problems.START_FROM || '';
  const used = describeStartFrom(details.startFrom);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // What is wrong may be out of sight of the button that was pressed.
    if (wrong) form.current?.querySelector<HTMLElement>('.start-entry input')?.focus();
  }, [wrong]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const asked = readStart(entered);
    if (asked.kind === 'missing') {
      setMissing(asked.problem);
      return;
    }
    await act(async () => {
      const path = tenantPath(details.summary.name, 'replay');
      await onDone(await callApi<ReplayStart>(path, toRequest(asked)));
    });
  };
  return (
    <Dialog title="Start from" onClose={onClose}>
      <form class="form" ref={form} noValidate onSubmit={submit}>
        <p>
          A run begins at once and sends everything from there on, also what was sent before. Segment
          recognises what it has had within the last day or longer, and counts it once.
        </p>
        <StartChoice kinds={KINDS} entered={entered} zones={zones} wrong={wrong} onChange={change} />
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
