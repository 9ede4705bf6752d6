import type { LiveLog } from './create-live-log';
import type { Execution } from './execution';
import type { History } from './open-history';

/** Lines of a running execution reach the disk this often. */
const SAVE_EVERY_MS = 2_000;

/** The webtask's answer to a trigger. */
export interface TriggerAnswer {
  statusCode: number;
  body: string;
}

/** What executions are run with. */
export interface RunnerOptions {
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
