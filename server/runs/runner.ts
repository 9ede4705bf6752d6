import { randomUUID } from 'node:crypto';
import type { Execution, History } from './executions';

/** Something that happened just now. */
export interface LiveEvent {
  /** Counted from 1 since the host started. */
  id: number;
  /** ISO 8601. */
  at: string;
  kind: 'line' | 'begin' | 'end' | 'change';
  /** The execution that it is about; 0 where it is about none. */
  execution: number;
  text: string;
}

/** Lines that somebody who starts to watch is shown. */
const REMEMBERED = 500;

/** What happens in the host, for those who watch. */
export interface LiveLog {
  /** Random: tells the events of this process from those of another. */
  readonly name: string;
  add(event: Omit<LiveEvent, 'id' | 'at'>): void;
  /**
   * Watches.
   *
   * @param after id of the last event that was seen, 0 for none; what is still remembered of those after it comes
   *   first
   * @returns ends it
   */
  watch(after: number, onEvent: (event: LiveEvent) => void): () => void;
}

/** Starts a live log. */
export function createLiveLog(now: () => number): LiveLog {
  const watchers = new Set<(event: LiveEvent) => void>();
  let remembered: LiveEvent[] = [];
  let last = 0;
  return {
    name: randomUUID().slice(0, 8),
    add: (event) => {
      last += 1;
      const whole = { ...event, id: last, at: new Date(now()).toISOString() };
      remembered = [...remembered.slice(1 - REMEMBERED), whole];
      for (const watcher of watchers) watcher(whole);
    },
    watch: (after, onEvent) => {
      for (const event of remembered) if (event.id > after) onEvent(event);
      watchers.add(onEvent);
      return () => watchers.delete(onEvent);
    },
  };
}

/** Lines of a running execution reach the disk this often. */
const SAVE_EVERY_MS = 2_000;

/** The webtask's answer to a trigger. */
interface TriggerAnswer {
  statusCode: number;
  body: string;
}

/** What executions are run with. */
interface RunnerOptions {
  history: History;
  live: LiveLog;
  now: () => number;
  /** Posts the cron job to the webtask, on behalf of an execution. */
  trigger: (execution: number) => Promise<TriggerAnswer>;
  /** Whether executions may begin: not any more once the host stops. */
  mayBegin: () => boolean;
  /** Why nothing can be stored, and so nothing exported; `undefined` where it can. */
  trouble: () => Promise<Error | undefined>;
  /** Told of each execution that has ended. */
  onEnd: (execution: Execution) => void;
}

/** Runs executions, one at a time. */
export interface Runner {
  /** Whether one is under way. */
  readonly isRunning: boolean;
  /**
   * Runs the job once.
   *
   * @returns the execution, or `undefined` where one is under way already, or the host stops
   * @throws when its beginning cannot be written, and it is not run then; when its end cannot be
   */
  run(cause: Pick<Execution, 'scheduled_at' | 'trigger'>): Promise<Execution | undefined>;
  /** Resolves when none is under way. */
  idle(): Promise<void>;
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** Makes what runs the executions and records them. */
export function createRunner({
  history,
  live,
  now,
  trigger,
  mayBegin,
  trouble,
  onEnd,
}: RunnerOptions): Runner {
  let running: Promise<Execution> | undefined;
  const iso = () => new Date(now()).toISOString();

  const execute = async (cause: Pick<Execution, 'scheduled_at' | 'trigger'>): Promise<Execution> => {
    const problem = await trouble();
    if (problem) throw problem;
    const begun = await history.begin({ ...cause, started_at: iso() });
    live.add({ kind: 'begin', execution: begun.id, text: '' });
    const saving = setInterval(() => history.save().catch(() => {}), SAVE_EVERY_MS);
    let answer: TriggerAnswer;
    try {
      answer = await trigger(begun.id);
    } catch (error) {
      const message = `The extension did not answer: ${error instanceof Error ? error.message : String(error)}.`;
      answer = { statusCode: 500, body: JSON.stringify({ error: 'no_answer', message }) };
    } finally {
      clearInterval(saving);
    }
    const ended = {
      completed_at: iso(),
      type: answer.statusCode < 300 ? ('success' as const) : ('error' as const),
      statusCode: answer.statusCode,
      body: parseBody(answer.body),
    };
    let done: Execution = { ...begun, ...ended };
    try {
      done = (await history.end(begun.id, ended)) ?? done;
    } finally {
      live.add({ kind: 'end', execution: done.id, text: done.type });
      onEnd(done);
    }
    return done;
  };

  return {
    get isRunning() {
      return running !== undefined;
    },
    run: async (cause) => {
      if (running || !mayBegin()) return undefined;
      running = execute(cause);
      try {
        return await running;
      } finally {
        running = undefined;
      }
    },
    idle: async () => {
      await running?.catch(() => {});
    },
  };
}
