import { Copyable } from '../../ui/copyable';
import { Notice } from '../../ui/notice';
import type { Failure } from './failure-of';

/** Why a run failed, with the checkpoint to copy. */
export function FailureNotice({ failure }: { failure: Failure }) {
  return (
    <Notice tone="bad" title="This run failed">
      <p>{failure.message}</p>
      {failure.checkpoint && (
        <p>
          Replay from <Copyable text={failure.checkpoint} name="the checkpoint ID" /> by putting it into
          START_FROM (<a href="#/installed">Installed Extensions</a>, gear icon).
        </p>
      )}
    </Notice>
  );
}
