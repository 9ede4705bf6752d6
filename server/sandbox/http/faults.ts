/** What can go wrong with one request. Bodies that look like JSON are sent as such, others as plain text. */
export type Fault =
  /** This answer instead of the real one; the request is not acted upon. */
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string; contentType?: string }
  /** 200 with this body; the request is not acted upon. */
  | { kind: 'body'; body: string; contentType?: string }
  /** The request is acted upon and answered as usual, this much later. */
  | { kind: 'delay'; ms: number }
  /** The connection is reset before a byte is answered; the request is not acted upon. */
  | { kind: 'refuse' }
  /** Never answered; the request is not acted upon. */
  | { kind: 'hang' }
  /** The request is acted upon; the answer breaks off half-way through its body. */
  | { kind: 'cut' }
  /** The request is acted upon; the connection ends without an answer. */
  | { kind: 'afterwards-cut' };

/** A fault, and the calls that it strikes. */
export interface FaultPlan {
  /** Only calls of this endpoint count; every call where it is not given. */
  endpoint?: string;
  /** The first matching call that is struck, counted from now and from 1. Default 1. */
  at?: number;
  /** How many matching calls in a row are struck, `Infinity` allowed. Default 1. */
  times?: number;
  fault: Fault;
}

/**
 * The faults planned for one server.
 *
 * ```ts
 * segment.faults.add({ at: 2, fault: { kind: 'status', status: 503 } });
 * ```
 */
export class Faults {
  #plans: { plan: FaultPlan; seen: number }[] = [];

  /**
   * If several plans match the same call, the one added first strikes.
   *
   * @returns ends the plan
   */
  add(plan: FaultPlan): () => void {
    const entry = { plan, seen: 0 };
    this.#plans.push(entry);
    return () => {
      this.#plans = this.#plans.filter((one) => one !== entry);
    };
  }

  clear(): void {
    this.#plans = [];
  }

  /** Counts a call and returns the fault that strikes it, if any. */
  take(endpoint: string): Fault | undefined {
    if (this.#plans.length === 0) return undefined;
    let struck: Fault | undefined;
    for (const entry of this.#plans) {
      const { plan } = entry;
      if (plan.endpoint !== undefined && plan.endpoint !== endpoint) continue;
      entry.seen++;
      if (entry.seen >= (plan.at ?? 1)) struck ??= plan.fault;
    }
    this.#plans = this.#plans.filter(({ plan, seen }) => seen < (plan.at ?? 1) + (plan.times ?? 1) - 1);
    return struck;
  }
}
