/** A command that runs, in the process of the test or in one of its own. */
export interface RunningCommand {
  /** Working directory. */
  folder: string;
  stdin: NodeJS.WritableStream;
  /** Returns everything written to standard output so far. */
  out(): string;
  /** Returns everything written to standard error so far. */
  err(): string;
  /** Resolves with the first match in standard output; rejects if the command ends before. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  /** Asks the command to stop, as SIGTERM does, and resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Resolves with the exit code; `null` after a kill. */
  exit: Promise<number | null>;
}

/** How a command ended. */
export interface CommandResult {
  code: number | null;
  out: string;
  err: string;
  folder: string;
}

/** Resolves when a command has ended. */
export async function resultOf({ exit, out, err, folder }: RunningCommand): Promise<CommandResult> {
  const code = await exit;
  return { code, out: out(), err: err(), folder };
}

/** Collects the text that a stream receives. */
export class ReceivedText {
  #text = '';
  #listeners = new Set<() => void>();

  get text(): string {
    return this.#text;
  }

  add(more: string): void {
    this.#text += more;
    for (const listen of this.#listeners) listen();
  }

  /**
   * Resolves with the first match; rejects if `exit` resolves before.
   *
   * @param errors what the command has written to standard error
   */
  match(pattern: RegExp, exit: Promise<number | null>, errors: ReceivedText): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.#text);
        if (!match) return;
        this.#listeners.delete(look);
        resolve(match);
      };
      this.#listeners.add(look);
      look();
      exit.then((code) => {
        this.#listeners.delete(look);
        reject(new Error(`ended with ${code} before it printed ${pattern}: ${this.#text}${errors.text}`));
      });
    });
  }
}
