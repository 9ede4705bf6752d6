import type { RejectedCall } from '../../../src/storage/run-record';
import { Copyable } from '../../ui/copyable';
import { RelativeTime } from '../../ui/relative-time';

/** Calls that could not be delivered: which log, which call, why. */
export function RejectedList({ calls }: { calls: readonly (RejectedCall & { run?: string })[] }) {
  return (
    <ul class="rejected">
      {calls.map((call, place) => (
        <li key={`${call.logId} ${call.call} ${place}`}>
          <Copyable text={call.logId} name="log id" short />
          <span>
            {call.reason}{' '}
            <span class="quiet small">
              {call.call}
              {call.run && (
                <>
                  , <RelativeTime iso={call.run} />
                </>
              )}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
