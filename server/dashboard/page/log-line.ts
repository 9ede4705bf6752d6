import { formatNumber } from '../../ui/format';

/** A line that was logged, in its parts. */
interface LogLine {
  /** `info`, `warn`, `error`; empty where the line does not say. */
  level: string;
  /** ISO 8601; empty where the line does not say. */
  time: string;
  text: string;
  /** What else it holds, each with its name. */
  rest: string;
  /** Whether it says what is tried again, when, and why. */
  isRetry: boolean;
}

/** What the job logs of a run, in the words that the rest of the page has for it. */
const NAMES: Readonly<Record<string, string>> = {
  logsRead: 'logs read',
  eventsSent: 'events sent',
  rejected: 'calls rejected',
  batches: 'batches',
  checkpoint: 'checkpoint',
  start: 'from',
  since: 'since',
  err: 'code',
};
/**
 * What is not worth its place: no checkpoint is what "from the oldest log" says, what is tried again the line says, and
 * former versions logged what is neither read nor sent.
 */
const isSaid = (name: string, value: unknown) =>
  value === null || name === 'retry' || name === 'logsProcessed';

/** The places in the code that an error came through: they are for the output of the host, which programmers read. */
const FRAMES = /(\r?\n|\\n)\s*at .*/s;
/** The same in a line of JSON that was too long to be kept whole. */
const STACK = /,?"stack":"(?:[^"\\]|\\.)*"?/g;

const withoutFrames = (text: string) => text.replace(FRAMES, '');

/** An error of the job: what it says is the line already. */
const coded = (value: unknown) =>
  typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string'
    ? value.code
    : undefined;

/** A figure of a run, as the rest of the page writes it. */
const figure = (name: string, value: unknown) =>
  name in NAMES && typeof value === 'number' ? formatNumber(value) : undefined;

function shown(value: unknown): string {
  if (typeof value === 'string') return withoutFrames(value);
  return JSON.stringify(value, (name: string, part: unknown) => (name === 'stack' ? undefined : part));
}

/** Where a run begins, as the page says it: from START_FROM, or from the checkpoint that the line names as well. */
function withStart({ start, checkpoint, ...rest }: Record<string, unknown>): Record<string, unknown> {
  if (start === 'checkpoint') return { 'from checkpoint': checkpoint, ...rest };
  const from =
    start === 'startFrom' ? 'the log that START_FROM names' : start === 'oldest' ? 'the oldest log' : start;
  return { ...(from === undefined ? {} : { start: from }), ...rest, checkpoint: checkpoint ?? null };
}

/** Takes a line apart: the job logs a JSON object a line, whatever else logs anything. Stacks are left out. */
export function parseLine(line: string): LogLine {
  const plain = (text: string) => ({ level: '', time: '', text, rest: '', isRetry: false });
  if (!line.startsWith('{')) return plain(withoutFrames(line));
  try {
    const { level, time, msg, stack: _, ...rest } = withStart(JSON.parse(line));
    return {
      level: typeof level === 'string' ? level : '',
      time: typeof time === 'string' ? time : '',
      text: typeof msg === 'string' ? withoutFrames(msg) : '',
      rest: Object.entries(rest)
        .filter(([name, value]) => !isSaid(name, value))
        .map(
          ([name, value]) => `${NAMES[name] ?? name} ${figure(name, value) ?? coded(value) ?? shown(value)}`,
        )
        .join(', '),
      isRetry: rest.retry === true,
    };
  } catch {
    return plain(withoutFrames(line.replace(STACK, '')));
  }
}
