import { DEEPEST_LEVEL } from '../segment/profile';
import type { RejectedCall, RunRecord } from '../storage/run-state';
import type { ExportedBatch } from './export-batches';

/** Names that are shown of the users whose profiles did not fit, and of the fields of each. */
const MOST_NAMED = 3;
const LONGEST_NAME = 60;

/** The first of some names, each no longer than a line; a profile may have a thousand fields of any length. */
function someOf(names: readonly string[]): string {
  const named = names
    .slice(0, MOST_NAMED)
    .map((name) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name));
  const more = names.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

/** How many profiles there are, and the first of them with the fields that are concerned. */
function describeProfiles(
  profiles: ReadonlyMap<string, readonly string[]>,
  what: string,
  where: string,
): string {
  const named = [...profiles]
    .slice(0, MOST_NAMED)
    .map(([id, fields]) => `${someOf([id])} (${where} ${someOf(fields)})`);
  const more = profiles.size - named.length;
  return `${profiles.size} ${profiles.size === 1 ? 'profile was' : 'profiles were'} ${what}: ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
}

/** What a run has done so far. */
export interface RunProgress {
  /** Counts a request. */
  countRequest(purpose: string): void;
  /** Counts users that are looked up. */
  countUsers(users: number): void;
  /** Counts logs that were read, and entries that could not even be named. */
  countRead(logs: number, unidentified: number): void;
  /** Counts a batch that the checkpoint passes. */
  countBatch(batch: ExportedBatch): void;
  /** Notes that the run starts with the log of START_FROM. */
  noteStart(id: string): void;
  /** Notes settings of what goes to Segment that were others at the run before. */
  noteChanged(settings: NonNullable<RunRecord['changed']>): void;
  /** Adds a warning, once. */
  warn(message: string): void;
  /** Adds a warning that somebody must be told of, also where the run succeeds. */
  alert(message: string): void;
  /** Whether somebody must be told of something. */
  readonly needsAttention: boolean;
  /** The checkpoint as far as it has come. */
  readonly checkpoint: string | null;
  readonly rejected: readonly RejectedCall[];
  /** The run's record as of now. */
  record(end: number): RunRecord;
}

/** Starts to count what a run does. */
export function createProgress(start: number, startCheckpoint: string | null): RunProgress {
  const requests: Record<string, number> = {};
  const events: Record<string, number> = {};
  const warnings = new Set<string>();
  const rejected: RejectedCall[] = [];
  const trimmed = new Map<string, readonly string[]>();
  const cut = new Map<string, readonly string[]>();
  const counts = { logsRead: 0, logsProcessed: 0, batches: 0, skipped: 0, users: 0, unidentified: 0 };
  let withoutUserIdField = 0;
  let startedFrom: string | undefined;
  let changed: NonNullable<RunRecord['changed']> = [];
  let checkpoint = startCheckpoint;
  let needsAttention = false;
  let checkpointDate: string | undefined;

  const warning = (): string => {
    const all = [...warnings];
    if (trimmed.size > 0) {
      all.push(
        describeProfiles(
          trimmed,
          'larger than the 32 KB that Segment accepts and went without the largest fields',
          'without',
        ),
      );
    }
    if (cut.size > 0) {
      all.push(
        describeProfiles(
          cut,
          `nested deeper than ${DEEPEST_LEVEL} levels and went without what stands deeper`,
          'in',
        ),
      );
    }
    if (counts.unidentified > 0) {
      all.push(
        `Auth0 listed ${counts.unidentified} entries without a log_id; they could not be exported or named.`,
      );
    }
    return all.join(' ');
  };

  return {
    countRequest: (purpose) => {
      requests[purpose] = (requests[purpose] ?? 0) + 1;
    },
    countUsers: (users) => {
      counts.users += users;
    },
    countRead: (logs, unidentified) => {
      needsAttention ||= unidentified > 0;
      counts.logsRead += logs;
      counts.unidentified += unidentified;
    },
    countBatch: (exported) => {
      counts.logsProcessed += exported.batch.logs.length;
      if (exported.batch.logs.length > 0) counts.batches += 1;
      counts.skipped += exported.skipped;
      withoutUserIdField += exported.withoutUserIdField;
      rejected.push(...exported.rejected);
      // Enough to name some and count a good many; a history of a million would not fit anywhere.
      for (const [id, fields] of exported.trimmed) if (trimmed.size < 1_000) trimmed.set(id, fields);
      for (const [id, fields] of exported.cut) if (cut.size < 1_000) cut.set(id, fields);
      for (const [event, count] of exported.events) events[event] = (events[event] ?? 0) + count;
      checkpoint = exported.batch.checkpoint;
      checkpointDate = exported.batch.checkpointDate || checkpointDate;
    },
    noteStart: (id) => {
      startedFrom = id;
    },
    noteChanged: (settings) => {
      changed = settings;
    },
    warn: (message) => {
      warnings.add(message);
    },
    alert: (message) => {
      warnings.add(message);
      needsAttention = true;
    },
    get needsAttention() {
      return needsAttention;
    },
    get checkpoint() {
      return checkpoint;
    },
    rejected,
    record: (end) => {
      const { unidentified: _, ...shown } = counts;
      const text = warning();
      return {
        start: new Date(start).toISOString(),
        end: new Date(end).toISOString(),
        startCheckpoint,
        ...(startedFrom === undefined ? {} : { startedFrom }),
        checkpoint,
        ...shown,
        ...(withoutUserIdField > 0 ? { withoutUserIdField } : {}),
        rejected: [...rejected],
        ...(changed.length > 0 ? { changed } : {}),
        events: { ...events },
        requests: { ...requests },
        ...(checkpointDate ? { checkpointDate } : {}),
        ...(text ? { warning: text } : {}),
      };
    },
  };
}
