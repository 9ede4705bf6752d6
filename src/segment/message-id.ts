import { createHash, createHmac } from 'node:crypto';

/** Segment deduplicates by messageIds of under 100 characters: the other parts of one take 32 at most. */
const LONGEST_LOG_ID = 64;
/** 64 bits: enough to tell a customer's sources apart, and short enough for a messageId. */
const SOURCE_DIGITS = 16;

/**
 * Names a Segment source in messageIds. Segment deduplicates across sources and workspaces: without it, a log
 * that was sent to a test source would be missing from production for a day.
 *
 * Keyed with the write key over a label of our own, so that the digest tells nothing about the key, and is not
 * the plain hash of it that another system may hold. Changing the write key makes all messageIds new.
 *
 * @param writeKey of the source; random, so that it cannot be guessed from the digest
 * @returns 16 hexadecimal digits
 */
export function sourceOf(writeKey: string): string {
  const digest = createHmac('sha256', writeKey).update('auth0-logs-to-segment messageId').digest('hex');
  return digest.slice(0, SOURCE_DIGITS);
}

/**
 * The messageId of the call that is made from a log for a source: the same for every retry and replay.
 *
 * @param logId `log_id` of the log; one that is too long for a messageId is hashed
 * @param type the kind of the call; `probe` asks whether Segment takes anything
 * @param source as `sourceOf` names it
 * @returns under 100 characters
 */
export function messageIdOf(logId: string, type: 'track' | 'identify' | 'probe', source: string): string {
  const id = logId.length <= LONGEST_LOG_ID ? logId : createHash('sha256').update(logId).digest('hex');
  return `auth0-${type}-${id}-${source}`;
}
