import type { FaultPlan } from './http/faults';
import type { Sandbox } from './sandbox';

/** A part of the sandbox that can fail: a service, Auth0's user searches, or a few calls, which Segment rejects. */
type Trouble = 'auth0' | 'searches' | 'segment' | 'slack' | 'calls';

/** Makes parts of a sandbox fail, to show how the exporter reacts. */
interface SandboxOutages {
  /** Which of them fail now. */
  readonly down: Readonly<Record<Trouble, boolean>>;
  set(trouble: Trouble, isDown: boolean): void;
}

/** An outage that is announced to last longer than any run: a run fails at once. */
const DOWN: FaultPlan = {
  times: Number.POSITIVE_INFINITY,
  fault: { kind: 'status', status: 503, headers: { 'retry-after': '3600' } },
};

/** Auth0 ends each search after two seconds. */
const SLOW_SEARCHES: FaultPlan = {
  endpoint: 'user-search',
  times: Number.POSITIVE_INFINITY,
  fault: {
    kind: 'status',
    status: 503,
    body: '{"statusCode":503,"error":"Service Unavailable","message":"The query took too long.","errorCode":"query_timeout"}',
  },
};

/** Track calls that are rejected: enough to be seen, and few enough for a run to continue. */
const REJECTED_CALLS = 3;

/** These show only if a run has something to send. */
const SEEN_IN_SENDING: readonly Trouble[] = ['searches', 'segment', 'calls'];

/** Segment rejects the first few track calls that it gets from now on, each time that they come. */
function rejectSome({ segment }: Sandbox): () => void {
  const chosen = new Set<unknown>();
  return segment.refuse(({ type, messageId }) => {
    if (type === 'track' && chosen.size < REJECTED_CALLS) chosen.add(messageId);
    return chosen.has(messageId);
  });
}

/** Begins the failure of a part of the sandbox, and returns the function that ends it. */
function begin(trouble: Trouble, sandbox: Sandbox): () => void {
  switch (trouble) {
    case 'auth0':
      return sandbox.tenant.faults.add(DOWN);
    case 'searches':
      return sandbox.tenant.faults.add(SLOW_SEARCHES);
    case 'segment':
      return sandbox.segment.faults.add(DOWN);
    case 'slack':
      return sandbox.slack.faults.add(DOWN);
    case 'calls':
      return rejectSome(sandbox);
  }
}

/**
 * Creates the switches of a sandbox. Everything works at first.
 *
 * @param logIn writes logs of so many users, so that the next run has something to send
 */
export function createOutages(sandbox: Sandbox, logIn: (users: number) => void): SandboxOutages {
  const down = { auth0: false, searches: false, segment: false, slack: false, calls: false };
  const ends = new Map<Trouble, () => void>();
  return {
    down,
    set: (trouble, isDown) => {
      if (down[trouble] === isDown) return;
      down[trouble] = isDown;
      ends.get(trouble)?.();
      ends.delete(trouble);
      if (!isDown) return;
      if (SEEN_IN_SENDING.includes(trouble)) logIn(REJECTED_CALLS);
      ends.set(trouble, begin(trouble, sandbox));
    },
  };
}
