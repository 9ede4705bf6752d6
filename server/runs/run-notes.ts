/** What made a run begin: its schedule, a due time that was missed, the host's start, a click, a command, or the tenant's log stream. */
export const triggers = ['schedule', 'missed', 'start', 'manual', 'command', 'stream'] as const;

/** See {@link triggers}. */
export type RunTrigger = (typeof triggers)[number];

/** What the host knows of a run besides its record. */
export interface RunNote {
  /** The owner of its lease: random, one for each run. */
  id: string;
  trigger: RunTrigger;
  /** ISO 8601: when it was due. */
  dueAt: string;
  /** ISO 8601. */
  startedAt: string;
  /** Lines that it logged, the newest 200 of them, without any secret. */
  lines: readonly string[];
  /** Older lines that were left out. */
  linesLeftOut: number;
}

/** Keeps the notes on the runs of all tenants. Implemented by the database alone. */
export interface RunNotes {
  /** Writes a run's note, or replaces it. */
  put(tenantId: string, note: RunNote): Promise<void>;
  find(tenantId: string, runId: string): Promise<RunNote | undefined>;
  /** The triggers of runs, by their ids. */
  triggers(tenantId: string, runIds: readonly string[]): Promise<Map<string, RunTrigger>>;
}
