import type { StreamState } from '../../server/log-streams/stream-state';

/** Of a stream that has announced nothing yet. */
export const newStream: StreamState = {
  notedId: null,
  lastTriggerAt: null,
  triggers: 0,
  pullAt: null,
  reachedId: null,
  asked: 0,
  silentSince: null,
  toldAt: null,
};
