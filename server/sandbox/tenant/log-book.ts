import type { GeneratedLogs } from './generated-logs';
import type { TenantLog } from './tenant-log';

/**
 * Every log of the tenant in the order of their ids: the generated ones, which take no memory, and after them
 * those that were written since. A position is counted from the first log ever written and never changes
 * when logs expire.
 */
export class LogBook {
  readonly #generated: GeneratedLogs | undefined;
  readonly #written: TenantLog[] = [];
  #oldest = 0;

  constructor(logs: GeneratedLogs | readonly TenantLog[] = []) {
    if ('idAt' in logs) this.#generated = logs;
    else for (const log of logs) this.insert(log);
  }

  /** Logs ever written, the expired ones included. */
  get count(): number {
    return this.#generatedCount + this.#written.length;
  }

  /** Position of the oldest log that is still retained. */
  get oldest(): number {
    return this.#oldest;
  }

  at(position: number): TenantLog | undefined {
    if (position < 0 || position >= this.count) return undefined;
    if (position >= this.#generatedCount) return this.#written[position - this.#generatedCount];
    return this.#generated?.at(position);
  }

  typeAt(position: number): string | undefined {
    if (position >= this.#generatedCount) return this.at(position)?.type;
    return this.#generated?.typeAt(position);
  }

  idAt(position: number): string | undefined {
    if (position >= this.#generatedCount) return this.at(position)?.log_id;
    return this.#generated?.idAt(position);
  }

  /** Position of the retained log with this id. */
  find(id: string): number | undefined {
    const position = this.#generated?.indexOf(id) ?? this.#lowerBound(id);
    return position >= this.#oldest && this.idAt(position) === id ? position : undefined;
  }

  /** Keeps the order of ids, wherever the log belongs among those written since. */
  insert(log: TenantLog): void {
    const position = this.#lowerBound(log.log_id);
    if (this.idAt(position) === log.log_id) throw new Error(`The tenant has a log ${log.log_id} already.`);
    if (position < this.#generatedCount) throw new Error(`${log.log_id} would stand among generated logs.`);
    this.#written.splice(position - this.#generatedCount, 0, log);
  }

  /** Forgets every log older than `id`. */
  expireBefore(id: string): void {
    this.expireTo(this.#lowerBound(id));
  }

  /** Forgets every log before `position`. */
  expireTo(position: number): void {
    this.#oldest = Math.max(this.#oldest, Math.min(position, this.count));
  }

  get #generatedCount(): number {
    return this.#generated?.count ?? 0;
  }

  /** Position of the first log whose id is not below `id`. */
  #lowerBound(id: string): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.idAt(middle) ?? '') < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
