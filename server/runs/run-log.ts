import type { RunOptions } from '../../src/job/run-job';
import type { Redactor } from '../../src/redactor';
import type { RunNote, RunNotes } from './run-notes';

/** Lines of a run under way are stored this often, in milliseconds. */
const STORE_EVERY_MS = 2_000;
/** The newest lines of a run that are kept. */
const MOST_LINES = 200;
/** Characters. */
const LONGEST_LINE = 4_000;

/** What a run logs, noted while it goes on. */
interface RunLog {
  /** Where the job logs to: each line without any secret that the redactor knows. */
  to(redactor: Redactor): RunOptions['log'];
  /**
   * Stores what has been logged since.
   *
   * @throws what the notes throw
   */
  close(): Promise<void>;
}

/** What the log of a run is opened with. */
interface RunLogOptions {
  notes: Pick<RunNotes, 'put'>;
  tenantId: string;
  begun: Pick<RunNote, 'id' | 'trigger' | 'dueAt' | 'startedAt'>;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Told each line at once. */
  onLine: (line: string) => void;
}

/**
 * Notes that a run begins, and what it logs.
 *
 * @throws what the notes throw, where its beginning cannot be stored
 */
export async function openRunLog({ notes, tenantId, begun, now, onLine }: RunLogOptions): Promise<RunLog> {
  const lines: string[] = [];
  let linesLeftOut = 0;
  let isStored = true;
  const store = async () => {
    isStored = true;
    try {
      await notes.put(tenantId, { ...begun, lines: [...lines], linesLeftOut });
    } catch (error) {
      isStored = false;
      throw error;
    }
  };
  await store();
  const storing = setInterval(() => {
    // What could not be stored is tried again with the next lines, and at the end, where it is said.
    if (!isStored) store().catch(() => {});
  }, STORE_EVERY_MS);
  const add = (line: string) => {
    onLine(line);
    isStored = false;
    lines.push(line.slice(0, LONGEST_LINE));
    if (lines.length <= MOST_LINES) return;
    lines.shift();
    linesLeftOut += 1;
  };
  return {
    to: (redactor) => {
      const level = (name: string) => (fields: unknown, message?: string) => {
        const rest = typeof fields === 'object' ? fields : { msg: fields };
        const time = new Date(now()).toISOString();
        add(
          redactor.text(JSON.stringify({ level: name, time, ...rest, ...(message ? { msg: message } : {}) })),
        );
      };
      return { info: level('info'), error: level('error') };
    },
    close: async () => {
      clearInterval(storing);
      if (!isStored) await store();
    },
  };
}
