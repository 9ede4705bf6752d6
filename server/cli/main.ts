import { systemClock } from '../../src/time';
import { runCommand } from './run-command';

/** A command stops by itself within 8 s of the request (`STOP_WITHIN_MS`); after this time the process is ended. */
const STOPS_WITHIN_MS = 9_500;

const stop = new AbortController();
let isLongRunning = false;

function requestStop(): void {
  // The second request does not wait.
  if (stop.signal.aborted) process.exit(1);
  stop.abort();
  setTimeout(() => process.exit(process.exitCode ?? 1), STOPS_WITHIN_MS).unref();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, requestStop);

for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    // The line is lost. Later lines are written if the disk has space again.
    if (isLongRunning) return;
    // The reader has seen enough, as `head` does.
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
}

/** Makes the process survive closed or full output and the end of the session that started it. */
function surviveLostOutput(): void {
  isLongRunning = true;
  const isInTerminal = process.stdout.isTTY === true;
  process.on('SIGHUP', () => {
    // Ctrl-C can't stop it any more once its terminal is closed.
    if (isInTerminal) requestStop();
  });
}

process.exitCode = await runCommand({
  script: process.argv[1] ?? '',
  args: process.argv.slice(2),
  env: process.env,
  folder: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  stop: stop.signal,
  surviveLostOutput,
  clock: systemClock,
  nodeVersion: process.versions.node,
});
