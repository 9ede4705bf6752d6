/** Waits that all end, unfinished, when the server closes. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  /** Resolves at `deadline` of `performance.now()`, never before it: a timer alone may fire up to 1 ms early. */
  async until(deadline: number): Promise<void> {
    for (let left = deadline - performance.now(); left > 0; left = deadline - performance.now()) {
      await this.#sleep(left);
    }
  }

  /** Drops every wait; what waited is never resumed. */
  clear(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#pending.delete(timer);
        resolve();
      }, ms);
      this.#pending.add(timer);
    });
  }
}
