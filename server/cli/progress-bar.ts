import { Presets, SingleBar } from 'cli-progress';
import { total } from '../../src/run-words';
import type { RunRecord } from '../../src/storage/run-state';
import { formatDuration } from '../ui/format';
import type { TerminalStream } from './terminal';

/** What several runs have done together. */
export interface Totals {
  runs: number;
  start: string;
  end: string;
  startCheckpoint: string | null;
  checkpoint: string | null;
  checkpointDate?: string | undefined;
  logsRead: number;
  logsProcessed: number;
  batches: number;
  skipped: number;
  users: number;
  rejected: RunRecord['rejected'];
  events: Record<string, number>;
  requests: Record<string, number>;
  warning?: string;
  error?: RunRecord['error'];
}

function addCounts(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const sum = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

/** Adds what a run has done to what the runs before it have. */
export function addRecords(before: Totals | undefined, record: RunRecord): Totals {
  const warning = record.moreToCome ? before?.warning : (record.warning ?? before?.warning);
  return {
    runs: (before?.runs ?? 0) + 1,
    start: before?.start ?? record.start,
    end: record.end,
    startCheckpoint: before ? before.startCheckpoint : record.startCheckpoint,
    checkpoint: record.checkpoint,
    checkpointDate: record.checkpointDate ?? before?.checkpointDate,
    logsRead: (before?.logsRead ?? 0) + record.logsRead,
    logsProcessed: (before?.logsProcessed ?? 0) + record.logsProcessed,
    batches: (before?.batches ?? 0) + record.batches,
    skipped: (before?.skipped ?? 0) + record.skipped,
    users: (before?.users ?? 0) + (record.users ?? 0),
    rejected: [...(before?.rejected ?? []), ...record.rejected],
    events: addCounts(before?.events ?? {}, record.events),
    requests: addCounts(before?.requests ?? {}, record.requests),
    ...(warning ? { warning } : {}),
    ...(record.error ? { error: record.error } : {}),
  };
}

/** How far a drain has come. */
interface DrainProgress {
  /** 0 to 1, measured in the tenant's time: Auth0 does not tell how many logs there are. */
  share: number;
  logs: number;
  events: number;
  /** Logs a second. */
  rate: number;
  /** Milliseconds that the export is behind the end of the logs; `undefined` where that is not known. */
  behindMs: number | undefined;
  /** Milliseconds that are left at this pace; `undefined` where that cannot be told. */
  leftMs: number | undefined;
}

/**
 * Tells how far a drain has come.
 *
 * @param from milliseconds since 1970: date of the log that it began with
 * @param to milliseconds since 1970: date of the newest log when it began
 * @param elapsedMs since it began
 */
export function drainProgress(
  { logsRead, events, checkpointDate }: Totals,
  { from, to, elapsedMs }: { from: number | undefined; to: number; elapsedMs: number },
): DrainProgress {
  const reached = Date.parse(checkpointDate ?? '');
  const isKnown = from !== undefined && !Number.isNaN(reached);
  const share = isKnown ? Math.min(1, Math.max(0, (reached - from) / Math.max(1, to - from))) : 0;
  return {
    share,
    logs: logsRead,
    events: total(events),
    rate: elapsedMs > 0 ? (logsRead * 1000) / elapsedMs : 0,
    behindMs: Number.isNaN(reached) ? undefined : Math.max(0, to - reached),
    leftMs: share > 0 ? (elapsedMs * (1 - share)) / share : undefined,
  };
}

const number = (value: number) => Math.round(value).toLocaleString('en-US');

/** Such as `45,200 logs, 25,780 events, 1,930 logs/s, 3 h 20 min behind, 1 min 5 s left`. */
function progressText({ logs, events, rate, behindMs, leftMs }: DrainProgress): string {
  return [
    `${number(logs)} logs`,
    `${number(events)} events`,
    `${number(rate)} logs/s`,
    behindMs === undefined ? '' : `${formatDuration(behindMs)} behind`,
    leftMs === undefined ? '' : `${formatDuration(leftMs)} left`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** Where nobody watches, a line now and then is enough. */
const LINE_EVERY_MS = 5_000;
const SHORTEST_BAR = 10;
const LONGEST_BAR = 30;
const FRAMES_A_SECOND = 8;

/** What shows how far a drain has come. */
interface ProgressView {
  update(progress: DrainProgress): void;
  end(): void;
}

const percent = (share: number) => `${Math.floor(share * 100)}%`.padStart(4);

/** The bar, as wide as the terminal leaves it beside the figures. */
function barLine(progress: DrainProgress, columns: number): string {
  const text = progressText(progress);
  const room = columns - text.length - 8;
  if (room < SHORTEST_BAR) return `${percent(progress.share)}  ${text}`.slice(0, columns - 1);
  const width = Math.min(LONGEST_BAR, room);
  const done = Math.round(progress.share * width);
  return `${'█'.repeat(done)}${'░'.repeat(width - done)} ${percent(progress.share)}  ${text}`;
}

/** Shows the progress of a drain: a bar on a terminal, lines otherwise. */
export function showProgress(
  stream: TerminalStream & NodeJS.WritableStream,
  now: () => number,
): ProgressView {
  if (!stream.isTTY) {
    let last = now();
    return {
      update: (progress) => {
        if (now() - last < LINE_EVERY_MS) return;
        last = now();
        stream.write(`${percent(progress.share).trim()}, ${progressText(progress)}\n`);
      },
      end: () => {},
    };
  }
  let latest: DrainProgress | undefined;
  const bar = new SingleBar(
    {
      stream,
      hideCursor: true,
      fps: FRAMES_A_SECOND,
      format: () => (latest ? barLine(latest, stream.columns || 80) : 'Looking for the first logs …'),
    },
    Presets.shades_classic,
  );
  bar.start(1, 0);
  return {
    update: (progress) => {
      latest = progress;
      bar.update(progress.share);
    },
    end: () => bar.stop(),
  };
}
