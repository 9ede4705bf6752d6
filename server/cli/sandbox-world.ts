import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '../../src/time';
import type { DashboardSandbox } from '../dashboard/dependencies';
import { prepareFolder } from '../database/sqlite/folder';
import { errorCode, HostError } from '../errors';
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

/** A sandbox whose logs, ports and applications continue from one start to the next. */
export interface SandboxWorld {
  sandbox: Sandbox;
  logs: number;
  users: number;
  /** Its tenant's domain at the start before, if it is another now: its port was in use. */
  formerDomain: string | undefined;
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

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const client = v.looseObject({ client_id: v.string(), client_secret: v.string(), name: v.string() });
const grant = v.object({
  id: v.string(),
  client_id: v.string(),
  audience: v.string(),
  scope: v.array(v.string()),
  subject_type: v.literal('client'),
});

/** State of a sandbox that its next start uses. */
const sandboxFile = v.object({
  /** Milliseconds since 1970: the date of its first log. */
  since: v.pipe(v.number(), v.safeInteger()),
  ports: v.optional(v.object({ tenant: port, segment: port, slack: port })),
  /** Id of the process that runs it now. */
  pid: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** Applications that setup created in its tenant. */
  applications: v.optional(v.object({ clients: v.array(client), grants: v.array(grant) })),
});

type SandboxFile = v.InferOutput<typeof sandboxFile>;

const SANDBOX_FILE = 'sandbox.json';

/** Returns true if a sandbox was started in a folder before. */
export const isSandboxFolder = (folder: string): boolean => existsSync(join(folder, SANDBOX_FILE));

/** Reads what is stored of the sandbox of a folder; `undefined` if there is nothing usable: it is made anew. */
async function readSandboxFile(folder: string): Promise<SandboxFile | undefined> {
  await prepareFolder(folder);
  const stored = await readFile(join(folder, SANDBOX_FILE), 'utf8').then(
    (text) => v.safeParse(v.pipe(v.string(), v.parseJson(), sandboxFile), text),
    () => undefined,
  );
  return stored?.success ? stored.output : undefined;
}

/** Replaces what is stored of a sandbox as a whole, also if the process is killed meanwhile. */
function writeSandboxFile(folder: string, stored: SandboxFile): void {
  const path = join(folder, SANDBOX_FILE);
  writeFileSync(`${path}.new`, JSON.stringify(stored), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Returns true if a process of this id runs on this machine. */
function isProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

const portOf = ({ url }: { url: string }) => Number(new URL(url).port);

/**
 * Opens the sandbox that belongs to a folder: a tenant in which a user signs up, logs in or fails to every few seconds.
 *
 * @param folder where the date of its first log, its ports and its applications are stored
 * @throws {HostError} if another process runs it
 */
export async function openSandboxWorld(folder: string, clock: Clock): Promise<SandboxWorld> {
  const now = () => clock.now();
  const stored = await readSandboxFile(folder);
  const file: SandboxFile = stored ?? { since: now() - (FIRST_LOGS - 1) * STEP_MS };
  const { since, ports } = file;
  // A log is written when the time in its id comes: a later one would stand before logs that are read already.
  const due = () => Math.max(FIRST_LOGS, Math.floor((now() - since) / STEP_MS) + 1);
  const logsOf = (count: number) => generateLogs({ count, users: USERS, start: since, stepMs: STEP_MS });
  const all = logsOf(ENDLESS);
  let count = due();
  const sandbox = await startSandbox({
    tenant: {
      logs: logsOf(count),
      tokenLogs: true,
      retainFrom: Math.max(0, count - RETAINED),
      applications: file.applications,
      onApplications: ({ clients, grants }) => {
        file.applications = {
          clients: [...clients],
          grants: grants.map((one) => ({ ...one, scope: [...one.scope] })),
        };
        writeSandboxFile(folder, file);
      },
    },
    segment: { keep: 'ids' },
    ports,
  });
  const { tenant, segment, slack } = sandbox;
  const hasMoved = ports !== undefined && ports.tenant !== portOf(tenant);
  if (hasMoved && file.pid !== undefined && isProcess(file.pid)) {
    await sandbox.close();
    throw new HostError(
      `The sandbox in ${folder} is running already, in process ${file.pid}. Stop that process first, or name another folder in DATA_DIR.`,
    );
  }
  file.pid = process.pid;
  file.ports = { tenant: portOf(tenant), segment: portOf(segment), slack: portOf(slack) };
  writeSandboxFile(folder, file);
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
    formerDomain: hasMoved ? `127.0.0.1:${ports.tenant}` : undefined,
    logIn: (times) => {
      catchUp();
      for (let left = times; left > 0; count += 1) {
        // Under the id that it has anyway: a checkpoint is known after the next start, too.
        sandbox.tenant.addLog({ ...all.at(count), date: new Date(now()).toISOString() });
        if (SENT.has(all.typeAt(count)) && all.users.find(all.userIdAt(count) ?? '')) left -= 1;
      }
    },
    close: async () => {
      clearInterval(timer);
      await sandbox.close();
      delete file.pid;
      writeSandboxFile(folder, file);
    },
  };
}
