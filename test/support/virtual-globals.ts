import timers from 'node:timers/promises';
import type { Clock } from '../../src/time';
import type { VirtualTime } from './virtual-time';

/** A timer of a virtual time. */
class VirtualTimer {
  readonly #cleared = new AbortController();

  constructor(clock: Clock, callback: () => void, ms: number) {
    clock.sleep(ms, this.#cleared.signal).then(callback, () => {
      // It was cleared.
    });
  }

  clear(): void {
    this.#cleared.abort();
  }

  unref(): this {
    return this;
  }
}

/**
 * Creates what a script sees in place of the globals and the module by which it learns the time, waits and sends
 * requests.
 *
 * @param require returns all other modules
 */
export function virtualGlobals(
  { clock, fetch }: Pick<VirtualTime, 'clock' | 'fetch'>,
  require: (name: string) => unknown,
): Readonly<Record<string, unknown>> {
  class VirtualDate extends Date {
    constructor(...parts: [] | [number | string | Date]) {
      super(parts.length === 0 ? clock.now() : parts[0]);
    }

    static override now(): number {
      return clock.now();
    }
  }
  const replaced = {
    Date: VirtualDate,
    performance: { now: clock.monotonic },
    setTimeout: (callback: () => void, ms = 0) => new VirtualTimer(clock, callback, ms),
    clearTimeout: (timer?: VirtualTimer) => timer?.clear(),
    fetch,
  };
  const virtualTimers = {
    ...timers,
    setTimeout: (ms: number, _value?: unknown, options: { signal?: AbortSignal } = {}) =>
      clock.sleep(ms, options.signal),
  };
  return {
    ...replaced,
    globalThis: new Proxy(globalThis, {
      get: (target, name) => Reflect.get(name in replaced ? replaced : target, name),
    }),
    require: (name: string) => (/^(node:)?timers\/promises$/.test(name) ? virtualTimers : require(name)),
  };
}
