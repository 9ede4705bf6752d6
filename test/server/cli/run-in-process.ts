import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';
import { type OutputStream, runCommand } from '../../../server/cli/run-command';
import { temporaryFolder } from '../../support/temporary-folder';

/** A command that runs in the process of the test. */
export interface RunningCommand {
  /** Where it keeps its data, and looks for config.json. */
  folder: string;
  stdin: PassThrough;
  /** Returns everything written to standard output so far. */
  out(): string;
  /** Returns everything written to standard error so far. */
  err(): string;
  /** Resolves with the first match in standard output; rejects if the command ends before. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  /** Asks the command to stop, as SIGTERM does, and resolves with the exit code. */
  stop(): Promise<number>;
  /** Resolves with the exit code. */
  exit: Promise<number>;
}

export interface CommandOptions {
  env?: Record<string, string>;
  /** By default a new folder. */
  folder?: string;
  /** Width of a terminal in columns; by default both outputs are pipes. */
  columns?: number;
  /** Path by which the shell knows the program. */
  script?: string;
  /** Registers what ends the command; the test's own where tests run concurrently. */
  onEnd?: typeof onTestFinished;
}

export interface CommandResult {
  code: number;
  out: string;
  err: string;
}

function createOutput(columns: number | undefined): { stream: OutputStream; text: () => string } {
  const stream = new PassThrough();
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  return { stream: Object.assign(stream, columns ? { isTTY: true, columns } : {}), text: () => text };
}

/**
 * Starts a command of the command line in this process, with no settings but those in `env`. It is stopped when the
 * test ends.
 *
 * @param args as typed, such as `['tenants', 'list']`
 */
export async function startCommand(args: string[], options: CommandOptions = {}): Promise<RunningCommand> {
  const { columns, script = '/opt/exporter/build/out/cli.mjs', onEnd = onTestFinished } = options;
  const folder = options.folder ?? (await temporaryFolder(onEnd));
  const [stdout, stderr] = [createOutput(columns), createOutput(columns)];
  const stdin = new PassThrough();
  const stopping = new AbortController();
  const exit = runCommand({
    script,
    args,
    env: {
      PORT: '0',
      ALLOW_PRIVATE_HOSTS: 'true',
      SCHEDULE_TIMEZONE: 'UTC',
      DATA_DIR: join(folder, 'data'),
      ...options.env,
    },
    folder,
    stdin: Object.assign(stdin, columns ? { isTTY: true } : {}),
    stdout: stdout.stream,
    stderr: stderr.stream,
    stop: stopping.signal,
    surviveLostOutput: () => {},
  });
  const stop = () => {
    stopping.abort();
    return exit;
  };
  onEnd(async () => {
    await stop();
  });
  const prints = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(stdout.text());
      if (match) return match;
      const code = await Promise.race([once(stdout.stream, 'data').then(() => undefined), exit]);
      if (code !== undefined && !pattern.test(stdout.text())) {
        throw new Error(`ended with ${code} before it printed ${pattern}: ${stdout.text()}${stderr.text()}`);
      }
    }
  };
  return { folder, stdin, out: stdout.text, err: stderr.text, prints, stop, exit };
}

/**
 * Runs a command to its end in this process.
 *
 * @param args as typed
 * @param options as for {@link startCommand}; `input` is all of standard input
 */
export async function runInProcess(
  args: string[],
  { input = '', ...options }: CommandOptions & { input?: string } = {},
): Promise<CommandResult & { folder: string }> {
  const running = await startCommand(args, options);
  running.stdin.end(input);
  const code = await running.exit;
  return { code, out: running.out(), err: running.err(), folder: running.folder };
}
