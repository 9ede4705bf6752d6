import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type OnEnd, temporaryFolder } from '../../support/temporary-folder';
import { type CommandResult, ReceivedText, type RunningCommand, resultOf } from './running-command';

const cli = fileURLToPath(new URL('../../../build/out/cli.mjs', import.meta.url));

/** The built command line as a process of its own. */
export interface RunningProcess extends RunningCommand {
  child: ChildProcessWithoutNullStreams;
}

/** How the process is started. */
export interface ProcessOptions {
  env?: Record<string, string>;
  /** Working directory; by default a new one. */
  folder?: string;
  /** Called instead of the command line itself, with its path and arguments: something that becomes it. */
  through?: string[];
  /** Another Node than the one that runs the tests. */
  node?: string;
  /** Path of another version of the command line. */
  program?: string | undefined;
  /** Of the test's own context, where tests run side by side. */
  onEnd?: OnEnd;
}

/** Starts the command line with no settings but those given; it is killed when the test ends. */
export async function startProcess(args: string[], options: ProcessOptions = {}): Promise<RunningProcess> {
  const { through = [], node = process.execPath, program = cli, onEnd = onTestFinished } = options;
  const folder = options.folder ?? (await temporaryFolder(onEnd));
  const { PATH = '', HOME = '' } = process.env;
  const [command = '', ...rest] = [...through, node, program, ...args];
  const child = spawn(command, rest, {
    cwd: folder,
    // The sandbox of a test is none that the process has opened itself.
    env: { PATH, HOME, TZ: 'UTC', PORT: '0', ALLOW_PRIVATE_HOSTS: 'true', ...options.env },
  });
  const [stdout, stderr] = [new ReceivedText(), new ReceivedText()];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => stdout.add(chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => stderr.add(chunk));
  const exit = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  onEnd(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  const prints = (pattern: RegExp) => stdout.match(pattern, exit, stderr);
  const stop = () => {
    child.kill('SIGTERM');
    return exit;
  };
  return {
    child,
    stdin: child.stdin,
    folder,
    out: () => stdout.text,
    err: () => stderr.text,
    prints,
    stop,
    exit,
  };
}

/** Runs the command line to its end in a process of its own. */
export async function runProcess(
  args: string[],
  { input = '', ...options }: ProcessOptions & { input?: string } = {},
): Promise<CommandResult> {
  const running = await startProcess(args, options);
  running.stdin.end(input);
  return resultOf(running);
}
