import { systemClock } from '../../src/time';
import { runCommand } from './run-command';

/** A process that is asked to stop has done so by itself before; it ends after this, whatever holds it. */
const STOPS_WITHIN_MS = 9_500;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Asked twice, it does not wait.
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
    setTimeout(() => process.exit(process.exitCode ?? 1), STOPS_WITHIN_MS).unref();
  });
}

// Whoever reads the output may have seen enough, as head does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await runCommand({
  script: process.argv[1] ?? '',
  args: process.argv.slice(2),
  env: process.env,
  folder: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  stop: stop.signal,
  clock: systemClock,
  nodeVersion: process.versions.node,
});
