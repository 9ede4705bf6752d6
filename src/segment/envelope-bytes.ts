/**
 * Our ids, event and date (at most 250) and what the client library adds (290 with version 3.1: its name and
 * version, Node's version, empty fields).
 */
const OWN_BYTES = 600;

/** Bytes that a call takes besides the profile in it, rounded up. */
export function envelopeBytes(userId: string): number {
  return OWN_BYTES + Buffer.byteLength(JSON.stringify(userId));
}
