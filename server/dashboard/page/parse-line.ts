/** A line that was logged, in its parts. */
export interface LogLine {
  /** `info`, `warn`, `error`; empty where the line does not say. */
  level: string;
  /** ISO 8601; empty where the line does not say. */
  time: string;
  text: string;
  /** What else it holds, as `name=value`. */
  rest: string;
}

/** Takes a line apart: the job logs a JSON object a line, whatever else logs anything. */
export function parseLine(line: string): LogLine {
  const plain = { level: '', time: '', text: line, rest: '' };
  if (!line.startsWith('{')) return plain;
  try {
    const { level, time, msg, ...rest }: Record<string, unknown> = JSON.parse(line);
    return {
      level: typeof level === 'string' ? level : '',
      time: typeof time === 'string' ? time : '',
      text: typeof msg === 'string' ? msg : '',
      rest: Object.entries(rest)
        .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(' '),
    };
  } catch {
    return plain;
  }
}
