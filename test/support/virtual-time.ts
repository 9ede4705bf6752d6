import type { Clock } from '../../src/time';
import { settle } from './fake-clock';

/** Time that passes only while nothing but time is waited for. */
export interface VirtualTime {
  clock: Clock;
  /** Time of the servers that `fetch` reaches: a request that one of them delays keeps no time from passing. */
  peerClock: Clock;
  /** Sends requests; no time passes until their answers are read. */
  fetch: typeof fetch;
}

interface Wait {
  at: number;
  end: () => void;
}

/** Turns of the event loop after which a process that waits for no answer has nothing left to do. */
const IDLE_SETTLES = 3;

/** Starts a time of its own, at this machine's time of day. It moves from one wait's end to the next. */
export function createVirtualTime(): VirtualTime {
  const epoch = Date.now();
  let passed = 0;
  let open = 0;
  let changes = 0;
  let isMoving = false;
  const waits = new Set<Wait>();

  const isIdle = async () => {
    const before = changes;
    for (let settles = 0; settles < IDLE_SETTLES; settles += 1) await settle();
    return open === 0 && changes === before;
  };
  const move = async () => {
    if (isMoving) return;
    isMoving = true;
    while (open === 0 && waits.size > 0) {
      if (!(await isIdle())) continue;
      const [next] = [...waits].sort((one, other) => one.at - other.at);
      if (!next) break;
      passed = Math.max(passed, next.at);
      next.end();
    }
    isMoving = false;
  };
  const count = (difference: number) => {
    open += difference;
    changes += 1;
    void move();
  };
  const sleep: Clock['sleep'] = (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const finish = (done: () => void) => {
        waits.delete(wait);
        signal?.removeEventListener('abort', abort);
        changes += 1;
        done();
      };
      const abort = () => finish(() => reject(signal?.reason));
      const wait = { at: passed + ms, end: () => finish(resolve) };
      waits.add(wait);
      signal?.addEventListener('abort', abort, { once: true });
      changes += 1;
      void move();
    });
  const clock: Clock = { now: () => Math.floor(epoch + passed), monotonic: () => passed, sleep };
  return {
    clock,
    peerClock: {
      ...clock,
      sleep: (ms, signal) => {
        count(-1);
        return sleep(ms, signal).finally(() => count(1));
      },
    },
    fetch: async (input, init) => {
      count(1);
      try {
        const { body, status, statusText, headers } = await fetch(input, init);
        if (!body) return new Response(null, { status, statusText, headers });
        count(1);
        const end = () => count(-1);
        return new Response(countedBody(body, end), { status, statusText, headers });
      } finally {
        count(-1);
      }
    },
  };
}

/** Passes a body on, and calls back once when it has ended, failed or been cancelled. */
function countedBody(body: ReadableStream<Uint8Array>, end: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          controller.enqueue(value);
          return;
        }
        end();
        controller.close();
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    cancel: async (reason) => {
      end();
      await reader.cancel(reason);
    },
  });
}
