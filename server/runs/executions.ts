import { join } from 'node:path';
import * as v from 'valibot';
import { type RunRecord, runRecord } from '../../src/storage/run-state';
import type { DiskWatch } from '../host/disk';
import { openJsonFile } from '../host/json-file';

/** One execution of the job, in the platform's own terms. */
const execution = v.object({
  id: v.number(),
  /** When it was due, ISO 8601. */
  scheduled_at: v.string(),
  started_at: v.string(),
  /** `null` while it runs. */
  completed_at: v.nullable(v.string()),
  type: v.picklist(['success', 'error']),
  /** HTTP status of the webtask's answer; `null` while it runs, and where it was cut off. */
  statusCode: v.nullable(v.number()),
  /** The webtask's answer: JSON where it is JSON. */
  body: v.unknown(),
  /** What made it run: its schedule, a due time that was missed, the host's start, a click, or a command. */
  trigger: v.picklist(['schedule', 'missed', 'start', 'manual', 'command']),
  /** What it logged, the newest lines of it. */
  lines: v.array(v.string()),
  /** Older lines that were left out. */
  linesLeftOut: v.optional(v.number(), 0),
});

export type Execution = v.InferOutput<typeof execution>;

const messageAnswer = v.object({ message: v.string() });

/** What an answer that is not a run's says. */
export function messageOf(body: unknown): string {
  const parsed = v.safeParse(messageAnswer, body);
  return parsed.success ? parsed.output.message : `The extension returned ${JSON.stringify(body)}.`;
}

/** Half a day of runs at one every five minutes. */
const NEWEST_EXECUTIONS = 150;
/** Failures before those, so that no schedule pushes them out with runs that succeeded. */
const OLDER_FAILURES = 150;
const MOST_LINES = 200;
const LONGEST_LINE = 4_000;
/** Characters of lines and bodies in the whole history. */
const MOST_CHARACTERS = 2_000_000;
const LARGEST_BODY = 200_000;

/** The executions of the job, newest last. */
export interface History {
  list(): readonly Execution[];
  /**
   * Adds an execution that starts now.
   *
   * @throws when it cannot be written; it is not added then
   */
  begin(started: Pick<Execution, 'scheduled_at' | 'started_at' | 'trigger'>): Promise<Execution>;
  /** Notes a line that a running execution has logged. It is written with the next change. */
  log(id: number, line: string): void;
  /** Notes how an execution ended. */
  end(
    id: number,
    ended: Pick<Execution, 'completed_at' | 'type' | 'statusCode' | 'body'>,
  ): Promise<Execution | undefined>;
  /** Writes what has been logged since. */
  save(): Promise<void>;
  clear(): Promise<void>;
}

const size = ({ body, lines }: Execution): number =>
  JSON.stringify(body ?? null).length + lines.reduce((sum, line) => sum + line.length, 0);

/** Leaves out the oldest executions until the rest fits: of the older ones, only failures are kept. */
function newest(all: Execution[]): Execution[] {
  let room = MOST_CHARACTERS;
  const kept: Execution[] = [];
  const failures = all.slice(0, -NEWEST_EXECUTIONS).filter(({ type }) => type === 'error');
  const wanted = [...failures.slice(-OLDER_FAILURES), ...all.slice(-NEWEST_EXECUTIONS)];
  for (const one of wanted.reverse()) {
    room -= size(one);
    if (room < 0 && kept.length > 0) break;
    kept.push(one);
  }
  return kept.reverse();
}

/** An execution that was running when its host was killed will not end any more. */
function close(one: Execution, now: string): Execution {
  if (one.completed_at !== null) return one;
  const message =
    'The host was stopped before this execution ended. Nothing is lost: the next one resumes from its checkpoint.';
  return { ...one, completed_at: now, type: 'error', statusCode: null, body: { error: 'cut_off', message } };
}

/**
 * Opens the history of a folder that belongs to this process.
 *
 * @param now closes what was running when the last host was killed
 * @param disk told what becomes of each write
 * @throws {HostError} when the file is damaged
 */
export async function openHistory(folder: string, now: () => number, disk?: DiskWatch): Promise<History> {
  const file = await openJsonFile(
    join(folder, 'executions.json'),
    (data) => v.parse(v.array(execution), data),
    'It holds the history of the executions and nothing else: put back a copy of it, or move it away to begin a new one.',
    disk,
  );
  let all = (file.opened ?? []).map((one) => close(one, new Date(now()).toISOString()));
  const write = async () => {
    all = newest(all);
    await file.write(all);
  };
  const replace = (id: number, change: (one: Execution) => Execution): Execution | undefined => {
    const index = all.findLastIndex((one) => one.id === id);
    const found = all[index];
    if (!found) return undefined;
    const changed = change(found);
    all[index] = changed;
    return changed;
  };
  return {
    list: () => all,
    begin: async (started) => {
      const id = (all.at(-1)?.id ?? 0) + 1;
      const begun: Execution = {
        id,
        ...started,
        completed_at: null,
        type: 'success',
        statusCode: null,
        body: null,
        lines: [],
        linesLeftOut: 0,
      };
      all.push(begun);
      try {
        await write();
      } catch (error) {
        all = all.filter((one) => one !== begun);
        throw error;
      }
      return begun;
    },
    log: (id, line) => {
      replace(id, (one) => {
        const lines = [...one.lines, line.slice(0, LONGEST_LINE)];
        const leftOut = Math.max(0, lines.length - MOST_LINES);
        return { ...one, lines: lines.slice(leftOut), linesLeftOut: one.linesLeftOut + leftOut };
      });
    },
    end: async (id, ended) => {
      const tooLarge = JSON.stringify(ended.body ?? null).length > LARGEST_BODY;
      const body = tooLarge ? { message: 'The answer was too large to be kept.' } : ended.body;
      const done = replace(id, (one) => ({ ...one, ...ended, body }));
      await write();
      return done;
    },
    save: write,
    clear: async () => {
      all = [];
      await write();
    },
  };
}

const runAnswer = v.object({ status: runRecord });

/** The run's record in the webtask's answer, where it is one of a run. */
export function recordOf(body: unknown): RunRecord | undefined {
  const parsed = v.safeParse(runAnswer, body);
  return parsed.success ? parsed.output.status : undefined;
}
