import type { FaultPlan } from './http/faults';
import type { Sandbox } from './sandbox';

/** What can be made to fail: a service as a whole, or a few calls, which Segment rejects. */
type Trouble = 'auth0' | 'segment' | 'slack' | 'calls';

/** Has the services of a sandbox fail, for whoever wants to see what the exporter makes of it. */
interface SandboxOutages {
  /** Which of them fail now. */
  readonly down: Readonly<Record<Trouble, boolean>>;
  set(trouble: Trouble, isDown: boolean): void;
}

/** Down for so long that no run waits for it: whoever watches sees it fail at once. */
const DOWN: FaultPlan = {
  times: Number.POSITIVE_INFINITY,
  fault: { kind: 'status', status: 503, headers: { 'retry-after': '3600' } },
};

/** Track calls that are rejected: enough to be seen, and few enough for a run to continue. */
const REJECTED_CALLS = 3;

/** What shows only where a run has something to send. */
const SEEN_IN_SENDING: readonly Trouble[] = ['segment', 'calls'];

/** Segment rejects the first few track calls that it gets from now on, each time that they come. */
function rejectSome({ segment }: Sandbox): () => void {
  const chosen = new Set<unknown>();
  return segment.refuse(({ type, messageId }) => {
    if (type === 'track' && chosen.size < REJECTED_CALLS) chosen.add(messageId);
    return chosen.has(messageId);
  });
}

/**
 * Makes the switches of a sandbox's services. All work at first.
 *
 * @param logIn has so many users log in now, so that the next run has something to send
 */
export function createOutages(sandbox: Sandbox, logIn: (users: number) => void): SandboxOutages {
  const down: Record<Trouble, boolean> = { auth0: false, segment: false, slack: false, calls: false };
  const servers = {
    auth0: sandbox.tenant.server,
    segment: sandbox.segment.server,
    slack: sandbox.slack.server,
  };
  let endRejection = () => {};
  return {
    down,
    set: (trouble, isDown) => {
      if (down[trouble] === isDown) return;
      down[trouble] = isDown;
      if (isDown && SEEN_IN_SENDING.includes(trouble)) logIn(REJECTED_CALLS);
      if (trouble === 'calls') {
        endRejection();
        endRejection = isDown ? rejectSome(sandbox) : () => {};
        return;
      }
      const { faults } = servers[trouble];
      if (isDown) faults.add(DOWN);
      else faults.clear();
    },
  };
}
