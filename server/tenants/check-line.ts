import { unwrapError } from '../../src/auth0/errors';
import { ExportError } from '../../src/errors';
import type { Redactor } from '../../src/redactor';
import type { Clock, Deadline } from '../../src/time';

/** What came of one check. */
export interface CheckLine {
  /** What was checked, such as `Settings`, `Token` or `read:logs`. */
  name: string;
  state: 'ok' | 'warning' | 'failure';
  /** What was found, in sentences. No secret is in it. */
  text: string;
  /** What to do, where the text does not say it. */
  remedy?: string;
}

/** What checks reach the world with. */
export interface CheckDependencies {
  clock: Clock;
  fetch: typeof fetch;
  /** 0 to 1, for jitter. */
  random: () => number;
  /** Fires when nobody waits for the checks any more. */
  stop: AbortSignal;
}

/** One check of all. */
export interface Check extends CheckDependencies {
  redactor: Redactor;
  /** Of all checks together. */
  deadline: Deadline;
}

/** What may pass, such as a rate limit, is tried again for so long, in milliseconds. */
const LONGEST_RETRY_MS = 5_000;

/** A deadline and a fetch for one of the peers: what does not answer at all is not tried again, for somebody waits. */
interface Peer {
  deadline: Deadline;
  fetch: typeof fetch;
  /** Begins the time anew within which what may pass is tried again. */
  begin(): void;
}

/** Makes what a peer is asked with. */
export function createPeer({ clock, deadline, fetch }: Check): Peer {
  let isUnreachable = false;
  let retriedUntil = clock.monotonic() + LONGEST_RETRY_MS;
  return {
    deadline: {
      ...deadline,
      hasTimeFor: (ms) => !isUnreachable && clock.monotonic() + ms < retriedUntil && deadline.hasTimeFor(ms),
    },
    fetch: async (input, init) => {
      try {
        return await fetch(input, init);
      } catch (error) {
        isUnreachable = true;
        throw error;
      }
    },
    begin: () => {
      retriedUntil = clock.monotonic() + LONGEST_RETRY_MS;
    },
  };
}

/** Says what a line that failed leaves out, as a sentence to come after it. */
export const leftOut = (what: string): string => ` Because of this ${what} left out.`;

/** Why something failed, without a secret. */
export function describeFailure(error: unknown, { redactor }: Pick<Check, 'redactor'>): string {
  const reason = unwrapError(error);
  if (reason instanceof ExportError) return redactor.text(reason.message);
  const message = reason instanceof Error ? reason.message : String(reason);
  return `It failed for a reason that is not known: ${redactor.text(message)}`;
}
