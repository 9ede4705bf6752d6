import { ExportError } from '../../../src/errors/export-error';
import { describeNetworkError } from '../../../src/http/describe-network-error';
import type { Clock } from '../../../src/time/clock';
import { type Deadline, startDeadline } from '../../../src/time/deadline';

/** Whoever watches is told this often what is waited for. */
const TELL_EVERY_MS = 10_000;

/** What patience is made of. */
export interface PatienceOptions {
  clock: Clock;
  /** Milliseconds without progress after which it is over. */
  limitMs: number;
  /** Fires when the process is asked to stop. */
  stop: AbortSignal;
  fetch: typeof fetch;
  /** Names a host as whoever watches knows it, such as `Auth0`. */
  nameOf: (host: string) => string;
  /** Told every ten seconds what is waited for. */
  tell: (message: string) => void;
}

/** The time that a replay has: as much as it likes while it gets on. */
export interface Patience {
  deadline: Deadline;
  /** A fetch that notes who does not answer. */
  fetch: typeof fetch;
  /** Something was done: the time begins anew, unless the process was asked to stop. */
  progress(): void;
}

/** Starts to wait, for a limited time without progress. */
export function startPatience(options: PatienceOptions): Patience {
  const { clock, limitMs, stop, nameOf, tell } = options;
  const ended = new AbortController();
  const begin = () => {
    const deadline = startDeadline({ clock, budgetMs: limitMs, stop });
    // What it waits for is given up with it: the next one, if there is one, is begun before anything waits.
    const { signal } = deadline;
    signal.addEventListener('abort', () => stop.aborted && ended.abort(signal.reason), { once: true });
    return deadline;
  };
  let current = begin();
  const sleeping = new Set<number>();
  const asked = new Map<symbol, string>();
  let trouble = '';

  const inWords = (): string | undefined => {
    if (sleeping.size > 0) {
      const seconds = Math.max(0, Math.ceil((Math.min(...sleeping) - clock.monotonic()) / 1000));
      return trouble === ''
        ? `Waiting for Auth0's rate limit, next request in ${seconds} s.`
        : `${trouble}, trying again in ${seconds} s.`;
    }
    const [host] = asked.values();
    return host === undefined ? undefined : `Waiting for ${nameOf(host)} to answer.`;
  };
  const telling = async () => {
    for (;;) {
      await clock.sleep(TELL_EVERY_MS, ended.signal);
      const words = inWords();
      if (words) tell(words);
    }
  };
  // It ends with the signal, and in no other way.
  telling().catch(() => {});

  const deadline: Deadline = {
    remaining: () => current.remaining(),
    wrapUpRemaining: () => current.wrapUpRemaining(),
    requestTimeout: () => current.requestTimeout(),
    allowsWait: (ms) => current.allowsWait(ms),
    allowsRequestIn: (ms) => current.allowsRequestIn(ms),
    sleep: async (ms) => {
      const until = clock.monotonic() + ms;
      sleeping.add(until);
      try {
        await clock.sleep(ms, ended.signal);
      } catch (error) {
        throw ended.signal.reason instanceof ExportError ? ended.signal.reason : error;
      } finally {
        sleeping.delete(until);
      }
    },
    signal: ended.signal,
    giveUp: () => {
      current.giveUp();
      ended.abort();
    },
    end: () => {
      current.end();
      ended.abort();
    },
  };
  return {
    deadline,
    fetch: async (input, init) => {
      const { host } = new URL(input instanceof Request ? input.url : input);
      const request = Symbol(host);
      asked.set(request, host);
      try {
        const answer = await options.fetch(input, init);
        // A rate limit is no trouble, it is waited for.
        trouble = answer.status >= 500 ? `${nameOf(host)} does not answer: it says ${answer.status}` : '';
        if (answer.status === 429) trouble = `Waiting for ${nameOf(host)}'s rate limit`;
        return answer;
      } catch (error) {
        trouble = `${nameOf(host)} does not answer: ${describeNetworkError(error)}`;
        throw error;
      } finally {
        asked.delete(request);
      }
    },
    progress: () => {
      if (stop.aborted) return;
      current.end();
      current = begin();
    },
  };
}
