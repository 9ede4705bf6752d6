/** A request that passed Segment's checks at the door. */
export interface Batch {
  calls: Record<string, unknown>[];
  /** From the body, where the client sends it there. */
  writeKey: string | undefined;
}

const MOST_BYTES = 500 * 1024;
const MOST_EVENT_BYTES = 32 * 1024;
const MOST_EVENTS = 2500;

/** The calls in a batch request, or why Segment answers 400 to all of it. */
export function readBatch(body: Buffer): Batch | string {
  if (body.length > MOST_BYTES) return `Request of ${body.length} bytes is over ${MOST_BYTES}`;
  const value = parsed(body);
  if (!isRecord(value)) return 'Malformed JSON';
  const { batch, writeKey } = value;
  if (!Array.isArray(batch)) return 'No batch';
  if (batch.length > MOST_EVENTS) return `${batch.length} events are over ${MOST_EVENTS}`;
  const calls: Record<string, unknown>[] = [];
  for (const call of batch as unknown[]) {
    if (!isRecord(call)) return 'An event is not an object';
    calls.push(call);
  }
  // No event of a smaller request can be over the limit, so most requests need no measuring.
  const tooLarge = body.length > MOST_EVENT_BYTES && calls.some((call) => bytesOf(call) > MOST_EVENT_BYTES);
  if (tooLarge) return `An event is over ${MOST_EVENT_BYTES} bytes`;
  return { calls, writeKey: typeof writeKey === 'string' ? writeKey : undefined };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
