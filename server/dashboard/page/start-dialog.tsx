import { Button } from '../../ui/components';
import { Copyable } from '../../ui/copy';
import { callApi, tenantPath, useAction } from './api';
import { Dialog, FormEnd } from './dialogs';
import { CancelButton } from './unsaved';

/** Asks whether to send again from a log on, and begins a run that does. */
export function ReplayDialog({
  name,
  checkpoint,
  isRunning,
  onClose,
  onDone,
}: {
  name: string;
  checkpoint: string;
  /** Whether a run is under way, so that none can be begun. */
  isRunning: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const { isBusy, problem, act } = useAction();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (await act(() => callApi(tenantPath(name, 'replay'), { from: checkpoint }))) onDone();
  };
  return (
    <Dialog title="Replay from this log?" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p>
          Everything from this log on is sent to Segment again, this log included. Segment recognises what it
          has had within the last day or longer, and counts it once.
        </p>
        <Copyable text={checkpoint} name="the checkpoint ID" />
        <p class="muted small">
          {isRunning
            ? 'A run is under way. Replay when it has ended.'
            : 'The ID is put into START_FROM, and a run begins at once.'}
        </p>
        <FormEnd problem={problem}>
          <CancelButton />
          <Button kind="main" type="submit" disabled={isBusy || isRunning}>
            Replay from here
          </Button>
        </FormEnd>
      </form>
    </Dialog>
  );
}
