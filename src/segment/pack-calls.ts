import { limits } from './limits';
import type { SegmentCall } from './segment-call';

/**
 * Bytes of calls at most. Segment takes 20 KB more; its client library begins a request of its own, whose outcome
 * would not be known, where its own count passes this. That count is never above the bytes.
 */
const CALLS_BYTES = 480 * 1024;

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
      room = CALLS_BYTES;
    }
    room -= call.bytes + 1;
  }
  return requests;
}
