import { createHash } from 'node:crypto';

/** Segment deduplicates by messageIds of under 100 characters. */
const LONGEST_LOG_ID = 70;

/**
 * The messageId of the call that is made from a log.
 *
 * @param logId `log_id` of the log; one that is too long for a messageId is hashed
 * @param type the kind of the call
 */
export function messageIdOf(logId: string, type: 'track' | 'identify'): string {
  const id = logId.length <= LONGEST_LOG_ID ? logId : createHash('sha256').update(logId).digest('hex');
  return `auth0-${type}-${id}`;
}
