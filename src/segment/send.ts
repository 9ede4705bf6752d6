import { setImmediate as turn } from 'node:timers/promises';
import { Analytics } from '@segment/analytics-node';
import type { BufferedResponse } from '../http/request';
import type { SegmentCall } from './calls';
import { limits } from './profile';

/** Sends one POST to Segment and reads its answer. */
type Post = (
  url: string,
  init: { headers: Record<string, string>; body: Uint8Array },
) => Promise<BufferedResponse>;

interface SendOptions {
  writeKey: string;
  /** Base URL of Segment's HTTP API. */
  endpoint: string;
  /** Segment's time as far as it is known, in milliseconds since 1970. */
  now: () => number;
  post: Post;
}

/**
 * Calls handed to the library in one go. It spends a good part of a millisecond on each; between two lots the
 * next page of logs, which everything else waits for, gets its turn.
 */
const CALLS_AT_ONCE = 8;

/** What stands in for a profile while a call goes through the library. No text in JSON can look like it. */
const STAND_IN = /\{"\$profile":(\d+)\}/;

/** The library's own time of sending. No text in JSON can look like it. */
const SENT_AT = /"sentAt":"[^"]*"/;

/** Stands for the answer that a request would get that is not sent at all because it is too large. */
const TOO_LARGE: BufferedResponse = { status: 413, headers: new Headers(), text: '' };

/**
 * Sends calls as exactly one request, once, through Segment's own client library, which Segment keeps up with
 * its API. The library's batching, retries and waits are switched off: it does not measure what it sends and
 * cannot be told how long a run lives. Its callbacks wait 300 ms each by design, so the outcome is taken from
 * the answer and from its `error` events. It would write each profile as JSON three times for each call, three
 * tenths more of an export's processor time: stand-ins go through it, and the profiles take their places on the
 * way out (docs/adr/0012-profile-stand-ins.md).
 *
 * Segment stores receivedAt - (sentAt - timestamp) as the time of a call. `sentAt` is Segment's own time here: with
 * that of a wrong local clock, every event would move by the difference.
 *
 * @returns Segment's answer, or the error that stood in its place; a request over 500 KB is not sent and
 *   comes back as a 413
 */
export async function sendCalls(
  { writeKey, endpoint, now, post }: SendOptions,
  calls: readonly SegmentCall[],
): Promise<BufferedResponse | Error> {
  let requests = 0;
  const profiles: Uint8Array[] = [];
  const standInFor = (json: Uint8Array) => ({ $profile: profiles.push(json) - 1 });
  const withProfiles = (body: string): Buffer =>
    // Texts and the numbers of the profiles between them take turns.
    Buffer.concat(
      body
        .split(STAND_IN)
        .map((part, index) =>
          index % 2 === 0 ? Buffer.from(part) : (profiles[Number(part)] ?? Buffer.of()),
        ),
    );

  const outcome: { result: BufferedResponse | Error } = {
    result: new Error('The Segment client sent nothing'),
  };
  const analytics = new Analytics({
    writeKey,
    host: endpoint,
    flushAt: calls.length,
    maxRetries: 0,
    maxTotalBackoffDuration: 0,
    maxRateLimitDuration: 0,
    httpClient: {
      makeRequest: async ({ url, headers, body: standing }) => {
        requests += 1;
        const sentAt = new Date(now()).toISOString();
        const body = withProfiles(standing.replace(SENT_AT, `"sentAt":"${sentAt}"`));
        try {
          outcome.result = body.length > limits.requestBytes ? TOO_LARGE : await post(url, { headers, body });
        } catch (error) {
          outcome.result = error instanceof Error ? error : new Error(String(error));
        }
        // The library would retry or wait by status; what to do about it is decided by our caller.
        const { result } = outcome;
        return { status: result instanceof Error || result.status >= 300 ? 400 : 200, statusText: '' };
      },
    },
  });
  let failed: unknown;
  analytics.on('error', ({ reason }) => {
    failed = reason;
  });
  for (const [index, call] of calls.entries()) {
    if (index > 0 && index % CALLS_AT_ONCE === 0) await turn();
    if (call.type === 'track') {
      const { userId, event, properties, timestamp, messageId, groupId } = call;
      const context = groupId === undefined ? {} : { context: { groupId } };
      analytics.track({
        userId,
        event,
        properties: standInFor(properties),
        timestamp,
        messageId,
        ...context,
      });
    } else if (call.type === 'group') {
      const { userId, groupId, traits, messageId } = call;
      analytics.group({ userId, groupId, traits: standInFor(traits), messageId, timestamp: new Date(now()) });
    } else {
      const { userId, traits, messageId } = call;
      analytics.identify({ userId, traits: standInFor(traits), messageId, timestamp: new Date(now()) });
    }
  }
  await analytics.flush();
  const { result } = outcome;
  // What became of the others is not known.
  if (requests > 1) return new Error(`The Segment client sent ${requests} requests for one`);
  if (failed && !(result instanceof Error) && result.status < 300) {
    return failed instanceof Error ? failed : new Error('The Segment client gave a call up');
  }
  return result;
}
