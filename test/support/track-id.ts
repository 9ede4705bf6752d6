import type { Sandbox } from '../../server/sandbox/sandbox';
import { messageIdOf, sourceOf } from '../../src/segment/calls';

/** The messageId of a log's track at the sandbox's Segment source. */
export function trackId(sandbox: Sandbox, logId: string | undefined): string {
  return messageIdOf(logId ?? '', 'track', sourceOf(sandbox.segment.writeKey));
}
