import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRunDocument } from '../../src/storage/run-document';
import type { Clock } from '../../src/time';
import { exportLag } from '../extension/report/export-lag';
import { askOwner, socketPath } from '../host/folder-lock';
import { createStorage } from '../host/storage';
import { openHistory } from '../runs/executions';
import { parseSchedule } from '../runs/schedule';
import { openInstallation } from '../tenants/tenants';
import { formatDuration } from '../ui/format';
import { formatRunSummary, type ReportLine } from './describe-run';
import type { Terminal } from './terminal';

const LAST_RUNS = 5;

/** What `status` is given. */
interface StatusOptions {
  dataDir: string;
  terminal: Terminal;
  clock: Clock;
}

/**
 * Says how the export in a folder does. It only reads, also while a host works there.
 *
 * @returns the exit code: 0, or 1 where the last run failed or there is nothing
 * @throws {HostError} when a file is damaged
 */
export async function status({ dataDir, terminal, clock }: StatusOptions): Promise<number> {
  const folder = [dataDir, join(dataDir, 'sandbox')].find((one) => existsSync(join(one, 'storage.json')));
  if (!folder) {
    terminal.line(`Nothing has been exported yet: there is no state in ${dataDir}.`);
    return 1;
  }
  const now = () => clock.now();
  const owner = await askOwner(socketPath(await realpath(folder)));
  const { current } = await openInstallation(folder);
  const { state, logs } = parseRunDocument((await createStorage(folder)).document());
  const executions = (await openHistory(folder, now)).list();
  const job = current.installed?.job;
  const schedule = job && parseSchedule(job.schedule, job.tz);
  const { lag } = exportLag(state, logs, now());
  const last = logs.at(-1);
  const lines: ReportLine[] = [
    ['State', folder],
    [
      'Host',
      owner
        ? `process ${owner.pid} (${owner.command}) since ${owner.since}${owner.url ? `, ${owner.url}` : ''}`
        : 'not running',
    ],
    ['Job', job ? `${job.state}, ${schedule?.description} (${job.schedule}, ${job.tz})` : 'not installed'],
    ['Next run', job?.next_available_at ?? 'none'],
    ['Checkpoint', state.checkpointId ?? 'none'],
    ['Behind', lag === null ? 'unknown' : formatDuration(lag)],
    ['Executions', executions.length.toLocaleString('en-US')],
  ];
  terminal.table(lines);
  for (const record of logs.slice(-LAST_RUNS).reverse()) {
    terminal.line(`  ${record.start}  ${formatRunSummary(record)}`);
  }
  return last && !last.error ? 0 : 1;
}
