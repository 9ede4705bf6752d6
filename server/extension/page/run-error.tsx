import { Copyable } from '../../ui/copyable';
import type { ReportRun } from '../report/report';

/** Why a run failed, what to do, and where a replay starts. */
export function RunError({ error }: { error: NonNullable<ReportRun['error']> }) {
  return (
    <div class="run-error">
      <p>{error.message}</p>
      {error.checkpoint && (
        <>
          <p class="quiet">
            The next run tries again by itself. To replay from the first log that was not delivered, put this
            checkpoint ID into <code>START_FROM</code>:
          </p>
          <Copyable text={error.checkpoint} name="the checkpoint to replay from" />
        </>
      )}
    </div>
  );
}
