import { setTimeout as delay } from 'node:timers/promises';
import { ExportError } from './errors';

/** Where the job gets the time from, and how it waits: passed in, so that a test need not wait. */
export interface Clock {
  /** Milliseconds since 1970: for dates that are stored, shown, or compared with another machine's. It may be set. */
  now(): number;
  /**
   * Milliseconds since some moment: for how long something takes. Nobody can set it; on Linux it stands still
   * while the machine sleeps.
   */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects when the signal fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {});
  },
};

/** One request may take this long, however much time the run has. */
const LONGEST_REQUEST_MS = 10_000;
/** Kept free for the record and the Slack report when something is slow. */
const WRAP_UP_MS = 2_000;
/** Kept free in any case: the last write and the answer. */
const LAST_WRITE_MS = 500;
/**
 * Kept free for finishing what has been read. An Essentials plan permits 46 requests for logs in 22 s, the later ones
 * one each 600 ms, so that every such stretch that is kept costs one. A run too short for it keeps a third of its time.
 * What a slow peer leaves unfinished is for the next run.
 */
const FINISH_MS = 600;
/** What comes after the run's time where something was slow: the platform cuts executions later still. */
const GRACE_MS = 1_500;
/** What a request gets that starts inside the wrap-up time: enough for a healthy peer. */
const SHORTEST_REQUEST_MS = 1_000;
/** A run that is told to stop finishes what it holds within this. */
const STOP_WITHIN_MS = 8_000;
/** What a run waits for that is told to stop is given up after this: the rest is for its record and report. */
const STOP_WAITING_AFTER_MS = STOP_WITHIN_MS - WRAP_UP_MS;

/** The time that a run has, as everything that waits inside it sees it. */
export interface Deadline {
  /** Milliseconds left of the whole run; never negative. */
  remaining(): number;
  /** Milliseconds left for the run's record and report: the rest of the run, and a short while after it. */
  wrapUpRemaining(): number;
  /**
   * Milliseconds that a request starting now may take. Slow peers are given up early enough to leave time
   * for the run's record and report, quick ones are still asked close to the end.
   */
  requestTimeout(): number;
  /** Whether a wait of `ms` leaves time for another try afterwards; never once the run is given up. */
  hasTimeFor(ms: number): boolean;
  /** Whether a request sent in `ms` milliseconds leaves time to look up and deliver what it brings. */
  allowsRequestIn(ms: number): boolean;
  /** Waits `ms`; rejects when the run is given up meanwhile. */
  sleep(ms: number): Promise<void>;
  /** Fires when the run is given up: every request and wait inside it ends. */
  readonly signal: AbortSignal;
  /** Gives the run up. Its record and report still end within the time that a stop leaves. */
  abort(): void;
  /** Gives the run up, record and report too: a stop does not concern it any more. */
  end(): void;
}

/** What a run's deadline is made of. */
interface DeadlineOptions {
  clock: Clock;
  /** Milliseconds from now until the run must have ended by itself. */
  budgetMs: number;
  /**
   * Fires when the host wants the run to end soon: the budget shrinks to eight seconds, and what it waits for
   * after six of them is given up.
   */
  stop?: AbortSignal | undefined;
}

const stopped = () => new ExportError('out_of_time', 'The process was asked to stop while this run waited.');

/**
 * Starts the run's clock: one budget for everything that the run does, however the machine's time of day is set
 * meanwhile.
 */
export function createDeadline({ clock, budgetMs, stop }: DeadlineOptions): Deadline {
  const end = clock.monotonic() + budgetMs;
  const reserved = Math.min(FINISH_MS, budgetMs / 3);
  let stopEnd = Number.POSITIVE_INFINITY;
  const givenUp = new AbortController();
  const noteStop = () => {
    stopEnd = clock.monotonic() + STOP_WITHIN_MS;
    if (givenUp.signal.aborted) return;
    clock.sleep(STOP_WAITING_AFTER_MS, givenUp.signal).then(
      () => givenUp.abort(stopped()),
      // The run has ended before.
      () => {},
    );
  };
  if (stop?.aborted) noteStop();
  else stop?.addEventListener('abort', noteStop, { once: true });

  const remaining = () => Math.max(0, Math.min(end, stopEnd) - clock.monotonic());
  const requestTimeout = () => {
    const left = remaining();
    const healthy = Math.max(0, Math.min(left - LAST_WRITE_MS, SHORTEST_REQUEST_MS));
    return Math.min(LONGEST_REQUEST_MS, Math.max(left - WRAP_UP_MS, healthy));
  };
  return {
    remaining,
    wrapUpRemaining: () => Math.max(0, Math.min(end, stopEnd) + GRACE_MS - clock.monotonic()),
    requestTimeout,
    hasTimeFor: (ms) => !givenUp.signal.aborted && ms <= remaining() - WRAP_UP_MS,
    allowsRequestIn: (ms) => !stop?.aborted && ms <= remaining() - reserved,
    sleep: async (ms) => {
      try {
        await clock.sleep(ms, givenUp.signal);
      } catch (error) {
        // A timer's own error says no more than that it was ended.
        throw givenUp.signal.reason instanceof ExportError ? givenUp.signal.reason : error;
      }
    },
    signal: givenUp.signal,
    abort: () => givenUp.abort(),
    end: () => {
      stop?.removeEventListener('abort', noteStop);
      givenUp.abort();
    },
  };
}

/** `Date` is cut off to the second. */
const DATE_STEP_MS = 1_000;

/** The local clock may differ from a peer's by this before a run or a check warns. */
const MAX_CLOCK_DIFFERENCE_MS = 60_000;

/** The time where a peer's answers come from, in milliseconds since 1970. */
export interface PeerClock {
  /**
   * Learns from an answer that has just arrived.
   *
   * @param headers its `Date` counts; without one, nothing is learnt
   * @param sentAt when its request was sent, on the monotonic clock
   */
  learn(headers: Headers, sentAt: number): void;
  /**
   * Returns a time that is never later than the peer's, so that what waits for a moment of the peer's never comes too
   * early. At first it may be a second and the answer's way behind; every answer that comes right after the peer's
   * second has changed makes it better. The local time until an answer has told its `Date`.
   */
  now(): number;
  /** Returns the local time if the peer's answers agree with it, else the nearest time with which they agree. */
  estimate(): number;
  /** Returns by how many milliseconds the local clock is ahead, 0 if the answers agree with it; `undefined` before the first. */
  localAheadMs(): number | undefined;
}

/**
 * Creates the clock of one peer.
 *
 * @param clock the local one, or the best known until the peer answers
 */
export function createPeerClock(clock: Pick<Clock, 'now' | 'monotonic'>): PeerClock {
  // The peer's time of day less the monotonic clock here.
  let offset: { least: number; most: number } | undefined;
  const now = () => (offset ? clock.monotonic() + offset.least : clock.now());
  const estimate = () =>
    offset ? Math.min(Math.max(clock.now(), now()), clock.monotonic() + offset.most) : clock.now();
  return {
    learn: (headers, sentAt) => {
      const date = Date.parse(headers.get('date') ?? '');
      if (Number.isNaN(date)) return;
      const least = date - clock.monotonic();
      const most = date + DATE_STEP_MS - sentAt;
      // An answer that contradicts those before it comes from a clock that was set since, or from another one.
      const isContradicted = offset && (most < offset.least || least > offset.most);
      offset =
        offset && !isContradicted
          ? { least: Math.max(least, offset.least), most: Math.min(most, offset.most) }
          : { least, most };
    },
    now,
    estimate,
    localAheadMs: () => (offset ? clock.now() - estimate() : undefined),
  };
}

/** Returns a sentence if the local clock and Auth0's differ by more than a minute. */
export function clockWarning({ localAheadMs }: PeerClock): string | undefined {
  const ahead = localAheadMs() ?? 0;
  if (Math.abs(ahead) <= MAX_CLOCK_DIFFERENCE_MS) return undefined;
  const seconds = `${Math.round(Math.abs(ahead) / 1_000)} s ${ahead > 0 ? 'ahead of' : 'behind'}`;
  return `This machine's clock is ${seconds} Auth0's. Events keep their times, but the times in the history and the starts of runs are wrong. Synchronize the clock with NTP.`;
}
