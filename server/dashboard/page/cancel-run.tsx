import { useState } from 'preact/hooks';
import { Button } from '../../ui/components';
import type { TenantDetails } from '../api/view';
import { callApi, type Reload, tenantPath, useAction } from './api';

/** The way out of a run under way, and what becomes of it. */
export function CancelRun({ details, onDone }: { details: TenantDetails; onDone: Reload }) {
  const { running, failure, summary } = details;
  const { isBusy, problem, act } = useAction();
  /** The run that is to end, and when that was asked for by the clock of the host. */
  const [cancelled, setCancelled] = useState<{ run: string; at: number }>();
  const isEnding = running !== null && running.id === cancelled?.run;
  const cancel = (run: string) =>
    act(async () => {
      await callApi(tenantPath(summary.name, 'cancel'), {});
      setCancelled({ run, at: Date.parse(details.now) });
      await onDone();
    });
  const isNewest = cancelled && !(Date.parse(summary.lastRun?.start ?? '') > cancelled.at);
  const hasEndedItself = isNewest && running === null && failure?.runId !== cancelled.run;
  return (
    <>
      {running && (
        <Button class="button-small" isBusy={isBusy || isEnding} onClick={() => cancel(running.id)}>
          {isBusy || isEnding ? 'Cancelling…' : 'Cancel run'}
        </Button>
      )}
      <span class="small muted">
        {isEnding && 'The batch that is being sent is finished first.'}
        {hasEndedItself && 'The run had ended before it could be cancelled.'}
      </span>
      {problem && running && (
        <span class="field-problem small" role="alert">
          {problem}
        </span>
      )}
    </>
  );
}
