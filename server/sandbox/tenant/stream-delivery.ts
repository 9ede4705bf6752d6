import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantLog } from './types';

/** Where and how a log stream posts. */
interface StreamSink {
  httpEndpoint: string;
  httpContentType: string;
  httpContentFormat: 'JSONARRAY' | 'JSONLINES' | 'JSONOBJECT';
  httpAuthorization?: string | undefined;
  httpCustomHeaders?: { header: string; value: string }[] | undefined;
}

/** What befalls the posts of the tenant's streams; may be changed at any time, and holds from the next post on. */
export interface StreamConditions {
  /** Milliseconds between a log's writing and its post. Default 0. */
  delayMs: number;
  /** How often each post is made. Default 1. */
  repeat: number;
  /** Of so many posts one, the last, is never made; 0 makes all, 2 loses half. Default 0. */
  dropEvery: number;
  /** The newest logs are posted first, and within a post stand before older ones. Default false. */
  reorder: boolean;
  /** Logs in a post at most. Default 100. */
  batchSize: number;
  /** Milliseconds between the three tries of a post. Default 1,000. */
  retryMs: number;
  /** Milliseconds from the last try until the stream is restarted with the same post. Default 10,000. */
  restartMs: number;
  /** Milliseconds until a post that is not answered counts as failed. Default 10,000. */
  timeoutMs: number;
  /** How late the Management API answers a log, in milliseconds from its writing. Default 0. */
  visibleAfterMs: number;
}

/** Conditions where nobody says otherwise. */
export const calmConditions: Readonly<StreamConditions> = {
  delayMs: 0,
  repeat: 1,
  dropEvery: 0,
  reorder: false,
  batchSize: 100,
  retryMs: 1_000,
  restartMs: 10_000,
  timeoutMs: 10_000,
  visibleAfterMs: 0,
};

/** A post of a stream that was tried, or lost on purpose. */
export interface StreamPost {
  logIds: readonly string[];
  /** What the sink answered; `unreachable`: nothing; `dropped`: it was never sent. */
  status: number | 'unreachable' | 'dropped';
}

/** The tries of a post, before the stream is restarted. */
const TRIES = 3;
/** Seven days, after which Auth0 suspends a stream none of whose posts succeeds. */
const SUSPENDED_AFTER = 7 * 86_400_000;

/** A post's body. */
function bodyOf({ httpContentFormat }: StreamSink, logs: readonly TenantLog[]): string {
  const elements = logs.map(({ _id, ...data }) => JSON.stringify({ log_id: data.log_id, data }));
  if (httpContentFormat === 'JSONARRAY') return `[${elements.join(',')}]`;
  if (httpContentFormat === 'JSONOBJECT') return `{"logs":[${elements.join(',')}]}`;
  return elements.join('\n');
}

/** What a stream's posts are made with. */
interface DeliveryOptions {
  sink: () => StreamSink;
  conditions: Readonly<StreamConditions>;
  /** Epoch milliseconds: when a stream has failed for seven days. */
  now: () => number;
  isActive: () => boolean;
  /** Called when the stream has failed for too long. */
  suspend: () => void;
  onPost: (post: StreamPost) => void;
}

/** Posts the logs of one stream, one post after the other: each at least once, as long as the stream is active. */
export class StreamDelivery {
  readonly #options: DeliveryOptions;
  readonly #closed = new AbortController();
  /** Oldest first, each with when it may be posted, by `performance.now()`. */
  #waiting: { log: TenantLog; dueAt: number }[] = [];
  #working: Promise<void> | undefined;
  #batches = 0;
  #failingSince: number | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  offer(log: TenantLog): void {
    this.#waiting.push({ log, dueAt: performance.now() + this.#options.conditions.delayMs });
    this.start();
  }

  /** Posts what waits, unless the stream is paused or at work already. */
  start(): void {
    if (this.#working || this.#closed.signal.aborted || !this.#options.isActive()) return;
    this.#working = this.#work()
      .catch((error: unknown) => {
        if (!this.#closed.signal.aborted) throw error;
      })
      .finally(() => {
        this.#working = undefined;
        if (this.#waiting.length > 0) this.start();
      });
  }

  /** Resolves when nothing is left to be posted, or the stream is paused. */
  async settled(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** Ends every wait and post; nothing is posted any more. */
  close(): void {
    this.#closed.abort();
  }

  async #work(): Promise<void> {
    const { conditions, isActive, onPost } = this.#options;
    // Logs that are written in the same turn share a post.
    await this.#wait(0);
    while (this.#waiting.length > 0 && isActive()) {
      const wait = (this.#waiting[0]?.dueAt ?? 0) - performance.now();
      if (wait > 0) {
        await this.#wait(wait);
        continue;
      }
      const batch = this.#take();
      this.#batches += 1;
      if (conditions.dropEvery > 0 && this.#batches % conditions.dropEvery === 0) {
        onPost({ logIds: batch.map(({ log_id }) => log_id), status: 'dropped' });
        continue;
      }
      for (let time = 0; time < conditions.repeat; time += 1) {
        if (await this.#deliver(batch)) continue;
        this.#waiting.unshift(...batch.map((log) => ({ log, dueAt: 0 })));
        return;
      }
    }
  }

  /** Logs of one post, all of which are due. */
  #take(): TenantLog[] {
    const { reorder, batchSize: size } = this.#options.conditions;
    const now = performance.now();
    const isDue = ({ dueAt }: { dueAt: number }) => dueAt <= now;
    if (reorder) {
      const end = this.#waiting.findLastIndex(isDue) + 1;
      const newest = this.#waiting.splice(Math.max(0, end - size), Math.min(size, end));
      return newest.map(({ log }) => log).reverse();
    }
    const notDue = this.#waiting.slice(0, size).findIndex((one) => !isDue(one));
    return this.#waiting.splice(0, notDue < 0 ? size : notDue).map(({ log }) => log);
  }

  #wait(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#closed.signal });
  }

  /** Whether it was delivered: tried three times, again after each restart, until the stream is paused. */
  async #deliver(batch: readonly TenantLog[]): Promise<boolean> {
    const { conditions, now, isActive, suspend } = this.#options;
    for (let tries = 1; isActive(); tries += 1) {
      if (await this.#post(batch)) {
        this.#failingSince = undefined;
        return true;
      }
      this.#failingSince ??= now();
      if (now() - this.#failingSince >= SUSPENDED_AFTER) {
        this.#failingSince = undefined;
        suspend();
        return false;
      }
      const wait = tries % TRIES === 0 ? conditions.restartMs : conditions.retryMs;
      await this.#wait(wait);
    }
    return false;
  }

  async #post(batch: readonly TenantLog[]): Promise<boolean> {
    const { sink, conditions, onPost } = this.#options;
    const { httpEndpoint, httpContentType, httpAuthorization, httpCustomHeaders = [] } = sink();
    const logIds = batch.map(({ log_id }) => log_id);
    try {
      const response = await fetch(httpEndpoint, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': httpContentType,
          ...(httpAuthorization && { authorization: httpAuthorization }),
          ...Object.fromEntries(httpCustomHeaders.map(({ header, value }) => [header, value])),
        },
        body: bodyOf(sink(), batch),
        signal: AbortSignal.any([this.#closed.signal, AbortSignal.timeout(conditions.timeoutMs)]),
      });
      await response.arrayBuffer();
      onPost({ logIds, status: response.status });
      return response.ok;
    } catch {
      this.#closed.signal.throwIfAborted();
      onPost({ logIds, status: 'unreachable' });
      return false;
    }
  }
}
