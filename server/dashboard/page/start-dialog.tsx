import { useState } from 'preact/hooks';
import { Button } from '../../ui/components';
import type { ReplayFrom, ReplayStart } from '../api/replay-view';
import type { TenantDetails } from '../api/view';
import { callApi, tenantPath, useAction } from './api';
import { Dialog, FormEnd } from './dialogs';
import {
  readStart,
  type StartAsked,
  StartChoice,
  type StartEntered,
  type StartKind,
  zonesOf,
} from './start-choice';
import { describeReplay, describeStartFrom } from './tenant-copy';
import { CancelButton } from './unsaved';

const KINDS: readonly StartKind[] = [
  { kind: 'log', label: 'A checkpoint ID', about: 'That log and everything after it.' },
  { kind: 'at', label: 'A date and time', about: 'The first log of then or later, and everything after it.' },
  { kind: 'oldest', label: 'The oldest log', about: 'Everything that Auth0 still has.' },
  {
    kind: 'now',
    label: 'Now',
    about: 'The newest log, and what comes from now on. Older logs that have not been sent are left out.',
  },
];

/** What the host is asked for. */
function toRequest(asked: Exclude<StartAsked, { kind: 'missing' }>): ReplayFrom {
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
  /** Told what was found, in words. */
  onDone: (found: string) => void;
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
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const asked = readStart(entered);
    if (asked.kind === 'missing') {
      setMissing(asked.problem);
      return;
    }
    await act(async () => {
      const path = tenantPath(details.summary.name, 'replay');
      onDone(describeReplay(await callApi<ReplayStart>(path, toRequest(asked))));
    });
  };
  return (
    <Dialog title="Start from" onClose={onClose}>
      <form class="form" noValidate onSubmit={submit}>
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
          <Button kind="main" type="submit" disabled={isBusy || isRunning} aria-busy={isBusy}>
            {isBusy ? 'Looking for the log…' : checkpoint === '' ? 'Start a run' : 'Replay from here'}
          </Button>
        </FormEnd>
      </form>
    </Dialog>
  );
}
