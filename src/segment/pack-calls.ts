import { limits } from './limits';
import type { SegmentCall } from './segment-call';

/** Bytes of a request besides its calls: the write key, the time of sending and the brackets. */
const ENVELOPE_BYTES = 1_024;

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
      room = limits.requestBytes - ENVELOPE_BYTES;
    }
    room -= call.bytes + 1;
  }
  return requests;
}
