import type { Sandbox } from '../../server/sandbox/sandbox';
import { exportedLogs } from './exported-logs';
import { trackId } from './track-id';

/** How what Segment has differs from what it should have, as Segment counts: by messageId. */
export interface DeliveryGaps {
  /** Ids of logs that have no track. */
  lost: string[];
  /** messageIds of tracks that no log stands behind. */
  unknown: string[];
}

/** Compares the tenant's selected logs with the tracks that Segment received. */
export function deliveryGaps(sandbox: Sandbox): DeliveryGaps {
  const expected = new Map(exportedLogs(sandbox).map((log) => [trackId(sandbox, log.log_id), log.log_id]));
  const received = sandbox.segment.ids('track');
  return {
    lost: [...expected].filter(([messageId]) => !received.has(messageId)).map(([, logId]) => logId),
    unknown: [...received.keys()].filter((messageId) => !expected.has(messageId)),
  };
}
