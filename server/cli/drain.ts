import type { JobAnswer } from '../../src/job/run-job';
import { count } from '../../src/run-words';
import type { Clock } from '../../src/time';
import type { Host } from '../runs/host';
import type { TenantRow } from '../tenants/tenant-store';
import { describeRun } from './describe-run';
import { addRecords, drainProgress, showProgress, type Totals } from './progress-bar';
import type { Terminal, TerminalStream } from './terminal';

/** A run that could read nothing has met a rate limit: the next one waits for the tenant's applications. */
const WAIT_MS = 10_000;

/** What a drain is given. */
interface DrainOptions {
  host: Host;
  tenant: TenantRow;
  terminal: Terminal;
  stream: TerminalStream & NodeJS.WritableStream;
  clock: Clock;
  stop: AbortSignal;
}

/** How a drain ended. */
interface Drained {
  /** Of the last run. */
  answer: JobAnswer;
  /** Of all runs together. */
  result: object;
}

/**
 * Exports in one run after the other until nothing is left, one fails, or the process is asked to stop.
 *
 * @returns `undefined` where it was asked to stop before the first run
 */
export async function drain(options: DrainOptions): Promise<Drained | undefined> {
  const { host, tenant, terminal, stream, clock, stop } = options;
  const begun = clock.monotonic();
  let done: Totals | undefined;
  let from: number | undefined;
  const exporter = await host.exporterOf(tenant);
  // It only serves the progress bar: where it cannot be had, the present takes its place.
  const to = (await exporter.newestLogTime(stop).catch(() => undefined)) ?? clock.now();
  if (stop.aborted) return undefined;
  const view = showProgress(stream, clock.now);
  const show = (soFar: Totals) => {
    from ??= Date.parse(soFar.checkpointDate ?? '') || undefined;
    view.update(drainProgress(soFar, { from, to, elapsedMs: clock.monotonic() - begun }));
  };
  let answer: JobAnswer | undefined;
  try {
    for (;;) {
      const before = done;
      const finished = await host.runner.run(tenant, 'command', clock.now(), {
        onProgress: (record) => show(addRecords(before, record)),
      });
      if (!finished) break;
      answer = finished.answer;
      if (answer.statusCode === 409) break;
      const { status } = answer.body;
      done = addRecords(done, status);
      show(done);
      if (answer.statusCode !== 200 || !status.moreToCome) break;
      if (status.logsRead === 0) await clock.sleep(WAIT_MS, stop).catch(() => {});
      if (stop.aborted) break;
    }
  } finally {
    view.end();
  }
  if (!answer) return undefined;
  if (answer.statusCode === 409 || !done) return { answer, result: answer.body };
  const moreToCome = answer.body.status.moreToCome ?? false;
  terminal.line(
    moreToCome ? 'Stopped before the end; the next run resumes from its checkpoint.' : 'Nothing is left.',
  );
  const { runs, ...totals } = done;
  terminal.table([
    ['Runs', count(runs, 'run')],
    ...describeRun(totals, 'as the settings say, for each run').filter(([label]) => label !== 'Slack'),
  ]);
  return { answer, result: { status: { ...totals, runs, moreToCome }, checkpoint: done.checkpoint } };
}
