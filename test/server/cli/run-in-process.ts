import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { type OutputStream, runCommand } from '../../../server/cli/run-command';
import type { Clock } from '../../../src/time';
import { createControlledClock } from '../../support/controlled-clock';
import { temporaryFolder } from '../../support/temporary-folder';
import { type CommandResult, ReceivedText, type RunningCommand, resultOf } from './running-command';

export interface CommandOptions {
  env?: Record<string, string>;
  /** By default a new folder. */
  folder?: string;
  /** Width of a terminal in columns; by default both outputs are pipes. */
  columns?: number;
  /** Path by which the shell knows the program. */
  script?: string;
  /** By default the machine's, until the test ends. */
  clock?: Clock;
  nodeVersion?: string;
  /** Registers what ends the command; the test's own where tests run concurrently. */
  onEnd?: typeof onTestFinished;
}

/** Within which a command ends after it is asked to stop. */
export const STOPS_WITHIN_MS = 10_000;
/** Which the program requires for PostgreSQL. pg-boss also works in the oldest Node.js that runs the tests. */
const NODE_FOR_DATABASE = '22.12.0';

function createOutput(received: ReceivedText, columns: number | undefined): OutputStream {
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      received.add(String(chunk));
      done();
    },
  });
  return Object.assign(stream, columns ? { isTTY: true, columns } : {});
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
  const ownClock = createControlledClock();
  const [stdout, stderr] = [new ReceivedText(), new ReceivedText()];
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
    stdout: createOutput(stdout, columns),
    stderr: createOutput(stderr, columns),
    stop: stopping.signal,
    surviveLostOutput: () => {},
    clock: options.clock ?? ownClock,
    nodeVersion: options.nodeVersion ?? NODE_FOR_DATABASE,
  });
  const stop = () => {
    stopping.abort();
    return exit;
  };
  onEnd(async () => {
    const ended = stop();
    await ownClock.advance(STOPS_WITHIN_MS);
    await ended;
  });
  const prints = (pattern: RegExp) => stdout.match(pattern, exit, stderr);
  return { folder, stdin, out: () => stdout.text, err: () => stderr.text, prints, stop, exit };
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
): Promise<CommandResult> {
  const running = await startCommand(args, options);
  running.stdin.end(input);
  return resultOf(running);
}
