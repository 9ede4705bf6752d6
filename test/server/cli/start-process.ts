import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder';

const cli = fileURLToPath(new URL('../../../build/out/cli.mjs', import.meta.url));

/** The built command line as a process of its own. */
export interface RunningProcess {
  child: ChildProcessWithoutNullStreams;
  /** Working directory. */
  folder: string;
  /** Everything on stdout and stderr so far. */
  out(): string;
  err(): string;
  /** Resolves with the first match on stdout; rejects when the process ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code; `null` after a kill. */
  exit: Promise<number | null>;
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
  onEnd?: typeof onTestFinished;
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
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    err += chunk;
  });
  const exit = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  onEnd(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  const says = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(out);
        if (!match) return;
        child.stdout.off('data', look);
        resolve(match);
      };
      child.stdout.on('data', look);
      look();
      exit.then((code) => reject(new Error(`ended with ${code} before it said ${pattern}: ${out}${err}`)));
    });
  return { child, folder, out: () => out, err: () => err, says, exit };
}
