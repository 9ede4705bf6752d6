import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '../../src/time';
import type { DashboardSandbox } from '../dashboard/dependencies';
import { prepareFolder } from '../database/sqlite/folder';
import { createOutages } from '../sandbox/outages';
import { type Sandbox, startSandbox } from '../sandbox/sandbox';
import { generateLogs } from '../sandbox/tenant/generate-logs';

const STEP_MS = 4_000;
const FIRST_LOGS = 3_000;
const USERS = 600;
/** One day, as Auth0 keeps the logs of a free tenant. */
const RETAINED = (24 * 60 * 60 * 1000) / STEP_MS;
/** What a run sends where the settings say nothing else. */
const SENT: ReadonlySet<string> = new Set(['ss', 's', 'f']);
/** More than will ever be made: logs exist only when they are asked for. */
const ENDLESS = 1_000_000_000;

/** A sandbox whose logs go on from one start to the next, as if it had never been stopped. */
export interface SandboxWorld {
  sandbox: Sandbox;
  logs: number;
  users: number;
  /** Has so many users sign up, log in or fail to now, who would have within the next seconds. */
  logIn(users: number): void;
  close(): Promise<void>;
}

/**
 * What the Dashboard shows and does of a sandbox.
 *
 * @param tenant name of its tenant
 */
export function sandboxForDashboard(
  tenant: string,
  { sandbox, logIn }: Pick<SandboxWorld, 'sandbox' | 'logIn'>,
): DashboardSandbox {
  const { segment, slack } = sandbox;
  return {
    tenant,
    segmentKey: segment.writeKey,
    slackWebhook: slack.webhookUrl,
    outages: createOutages(sandbox, logIn),
    slackMessages: () => slack.messages.map((message, place) => ({ at: slack.times[place] ?? 0, message })),
  };
}

/** What is stored of a sandbox. */
const sandboxFile = v.object({
  /** Milliseconds since 1970: the date of its first log. */
  since: v.pipe(v.number(), v.safeInteger()),
});

type SandboxFile = v.InferOutput<typeof sandboxFile>;

/**
 * Reads what is stored of the sandbox of a folder, and stores it if there is nothing usable: a sandbox is made anew at
 * any time.
 */
async function readSandboxFile(folder: string, first: SandboxFile): Promise<SandboxFile> {
  await prepareFolder(folder);
  const path = join(folder, 'sandbox.json');
  const stored = await readFile(path, 'utf8').then(
    (text) => v.safeParse(v.pipe(v.string(), v.parseJson(), sandboxFile), text),
    () => undefined,
  );
  if (stored?.success) return stored.output;
  await writeFile(path, JSON.stringify(first), { mode: 0o600 });
  return first;
}

/**
 * Opens the sandbox that belongs to a folder: a tenant in which a user signs up, logs in or fails to every few seconds.
 *
 * @param folder where the date of its first log is stored
 */
export async function openSandboxWorld(folder: string, clock: Clock): Promise<SandboxWorld> {
  const now = () => clock.now();
  const { since } = await readSandboxFile(folder, { since: now() - FIRST_LOGS * STEP_MS });
  const due = () => Math.max(FIRST_LOGS, Math.floor((now() - since) / STEP_MS));
  const logsOf = (count: number) => generateLogs({ count, users: USERS, start: since, stepMs: STEP_MS });
  const all = logsOf(ENDLESS);
  let count = due();
  const sandbox = await startSandbox({
    tenant: { logs: logsOf(count), tokenLogs: true, retainFrom: Math.max(0, count - RETAINED) },
    segment: { keep: 'ids' },
  });
  const logs = Math.min(count, RETAINED);
  const catchUp = () => {
    for (; count < due(); count += 1) sandbox.tenant.addLog(all.at(count));
  };
  const timer = setInterval(() => {
    catchUp();
    if (count > RETAINED) sandbox.tenant.expireBefore(all.idAt(count - RETAINED));
  }, STEP_MS);
  return {
    sandbox,
    logs,
    users: USERS,
    logIn: (times) => {
      catchUp();
      for (let left = times; left > 0; count += 1) {
        // Under the id that it has anyway: a checkpoint is known after the next start, too.
        sandbox.tenant.addLog({ ...all.at(count), date: new Date(now()).toISOString() });
        if (SENT.has(all.typeAt(count)) && all.userIdAt(count)) left -= 1;
      }
    },
    close: async () => {
      clearInterval(timer);
      await sandbox.close();
    },
  };
}
