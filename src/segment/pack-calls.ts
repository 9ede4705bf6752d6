import { limits } from './limits';
import type { SegmentCall } from './segment-call';

/**
 * Bytes of a request's calls. The client library splits a request of more than 480 KB by a count of its own
 * that never exceeds the bytes by more than one for each call; what is left to Segment's 500 KB is for the
 * write key, the time of sending and the brackets.
 */
const CALL_BYTES = Math.min(480 * 1024, limits.requestBytes - 1_024);

/**
 * Splits calls into as few requests as Segment's limits allow, in order.
 *
 * @returns one list of calls for each request
 */
export function packCalls(calls: readonly SegmentCall[]): SegmentCall[][] {
  const requests: SegmentCall[][] = [];
  let room = 0;
  for (const call of calls) {
    const request = requests.at(-1);
    if (request && call.bytes + 1 <= room && request.length < limits.requestEvents) request.push(call);
    else {
      requests.push([call]);
      room = CALL_BYTES;
    }
    room -= call.bytes + 1;
  }
  return requests;
}
