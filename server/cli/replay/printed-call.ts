import type { SegmentCall } from '../../../src/segment/segment-call';

/** A call as a line of JSON, with the log that it was made from. */
export function printedCall({ bytes: _, ...call }: SegmentCall): string {
  return JSON.stringify(call);
}
