import type { SegmentCall } from '../../../src/segment/segment-call';

const parse = (json: Uint8Array): unknown => JSON.parse(Buffer.from(json).toString());

/** A call as a line of JSON, with the log that it was made from. */
export function printedCall({ bytes: _, ...call }: SegmentCall): string {
  return JSON.stringify(
    call.type === 'track'
      ? { ...call, properties: parse(call.properties) }
      : { ...call, traits: parse(call.traits) },
  );
}
