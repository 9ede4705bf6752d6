import type { OutcomeWord } from '../../../src/run-words';
import type { ExportLag } from '../../extension/report/export-lag';
import type { ChartRun, ReportRejection, ReportRun, StartFromUse } from '../../extension/report/report';
import type { RunTrigger } from '../../runs/run-notes';
import type { QueueDepth } from '../../runs/run-queue';
import type { Worker } from '../../runs/workers';
import type { SetupLine } from '../../tenants/setup/set-up';
import type { TenantOrigin } from '../../tenants/tenant-store';

/**
 * The states of a tenant, worst first:
 *
 * - `failing`: its last run failed, or was cut off
 * - `overdue`: no run has begun for much longer than its schedule says
 * - `behind`: logs are waiting, and its runs export slower than new ones are written
 * - `incomplete`: Segment rejected calls within the last day, and no replay has succeeded since
 * - `catching-up`: logs are waiting, and its runs export faster
 * - `new`: it has not run yet
 * - `ok`: nothing was left when its last run ended
 * - `off`: its schedule is switched off
 */
export const tenantStates = [
  'failing',
  'overdue',
  'behind',
  'incomplete',
  'catching-up',
  'new',
  'ok',
  'off',
] as const;

/** One of {@link tenantStates}. */
export type TenantState = (typeof tenantStates)[number];

/** A tenant in the list of all. */
export interface TenantSummary {
  name: string;
  /** Its domain. */
  domain: string;
  origin: TenantOrigin;
  state: TenantState;
  isRunning: boolean;
  /** Milliseconds that it is behind real time; `null` where that is not known. */
  lag: number | null;
  trend: ExportLag['trend'];
  /** `null` where it has not run. */
  lastRun: {
    start: string;
    failed: boolean;
    outcome: string;
    eventsSent: number;
    /** Calls that Segment refused for good. */
    rejected: number;
  } | null;
  /** ISO 8601; `null` while it is switched off. */
  nextRun: string | null;
  /** The newest report that Slack did not take, and when; `null` where it took it, or the webhook is another by now. */
  slackFailure: { at: string; message: string } | null;
  /** Whether Auth0 seems to have paused its log stream. */
  isStreamPaused: boolean;
  /** Events sent since midnight UTC, those of replays left out. */
  eventsToday: number;
  /** Calls that Segment rejected within the last day, and since the last replay that succeeded. */
  rejected: number;
  /** Events sent in each of the last 24 hours, oldest first, and runs that failed in each. */
  hours: { events: number; failed: number }[];
}

/** `GET /api/tenants?search=&state=&page=`: a page of 25 tenants, worst first, see `worstFirst`. */
export interface TenantList {
  /** ISO 8601, by the clock of the host. */
  now: string;
  tenants: TenantSummary[];
  /** Tenants that match, and their pages' number and size. */
  total: number;
  page: number;
  perPage: number;
  /** All tenants, by state, whatever is searched for. */
  counts: Record<TenantState, number>;
}

/** A setting as a form shows it. */
export interface Field {
  name: string;
  /** As a person calls it, such as `Client secret`. */
  label: string;
  description: string;
  kind: 'text' | 'password' | 'select';
  isRequired: boolean;
  options: { value: string; text: string }[];
  /** What the form begins with; always empty for a password. */
  value: string;
  /** Whether a password is saved, which an empty field keeps. */
  isSaved: boolean;
  /** What a saved write key is recognised by, such as `…a1b2`; else empty. */
  hint: string;
  /** Where the value comes from when it cannot be changed here, such as `environment` or `env:ACME_SECRET`; else empty. */
  setBy: string;
  /** Where a form has it: with what the tenant and its source are reached with, or below a heading. */
  group: 'connection' | 'sent' | 'when' | 'slack' | 'advanced';
}

/** What all pages of the Dashboard need. `GET /api/dashboard`. */
export interface DashboardInfo {
  extension: {
    title: string;
    name: string;
    version: string;
    author: string;
    description: string;
    schedule: string;
  };
  /** IANA name of the time zone that a new tenant gets. */
  timeZone: string;
  /** Whether there is a password, which some changes ask for again. */
  hasPassword: boolean;
  /** Of a new tenant. */
  fields: Field[];
  /** Number of tenants; where it is 1, `onlyTenant` is its name, and the first page is its page. */
  tenants: number;
  onlyTenant: string | null;
  /** Whether several processes, on one or many machines, may share the database. */
  hasWorkers: boolean;
  /** What to put into the settings where the sandbox stands in for Segment and Slack. */
  sandbox: {
    /** Name of its tenant. */
    tenant: string;
    segmentKey: string;
    slackWebhook: string;
  } | null;
}

/** A run as lists show it. */
export interface RunSummary {
  id: string;
  trigger: RunTrigger | null;
  start: string;
  /** `null` while it runs. */
  end: string | null;
  /** Runs that the record stands for. */
  runs: number;
  /** Set if it started with a log that was exported before. */
  isReplay: boolean;
  result: 'Running' | OutcomeWord;
  /** What came of it, in a few words. */
  outcome: string;
  eventsSent: number;
  rejected: number;
}

/** `GET /api/tenants/NAME/runs?page=&filter=failed`: 20 runs, newest first; the running one on the first page. */
export interface RunList {
  runs: RunSummary[];
  total: number;
  page: number;
  perPage: number;
}

/** `GET /api/tenants/NAME/runs/ID`. */
export interface RunDetails extends RunSummary {
  /** `null` while it runs. */
  record: ReportRun | null;
  /** ISO 8601: when it was due. */
  dueAt: string | null;
  lines: readonly string[];
  linesLeftOut: number;
}

/** The log stream of a tenant, which has its runs begin within seconds. */
export interface LogStreamDetails {
  /** Where it posts, without the address of the exporter. */
  path: string;
  /** The whole address; `null` where the Dashboard does not know under which one Auth0 reaches it. */
  url: string | null;
  /**
   * - `none`: it has no token yet
   * - `silent`: it has never posted
   * - `posting`: it has posted
   * - `paused`: logs were exported for a while of which it has announced none
   */
  state: 'none' | 'silent' | 'posting' | 'paused';
  /** ISO 8601; `null` where it has never posted. */
  lastTriggerAt: string | null;
  /** Posts so far. */
  triggers: number;
}

/** `POST /api/tenants/NAME/token`, with the password where the Dashboard has one: a new token, which is shown this once. */
export interface NewToken {
  /** The header that Auth0 is to send. */
  authorization: string;
}

/** `GET /api/tenants/NAME`: everything that a tenant's page shows but its runs. No secret is in it. */
export interface TenantDetails {
  /** ISO 8601, by the clock of the host. */
  now: string;
  summary: TenantSummary;
  createdAt: string;
  fields: Field[];
  schedule: {
    cron: string;
    timeZone: string;
    /** Such as `Every 5 minutes`. */
    description: string;
    /** Where it comes from when it cannot be changed here; else empty. */
    setBy: string;
    isActive: boolean;
  };
  /** Id of the log up to which everything is exported. */
  checkpoint: string | null;
  startFrom: StartFromUse | null;
  running: { id: string; startedAt: string; logsRead: number; eventsSent: number } | null;
  lag: ExportLag;
  /** The newest 144 runs, oldest first. */
  chart: ChartRun[];
  /** The newest 25 rejected calls, newest first. */
  rejected: ReportRejection[];
  /** Sums over the last 24 hours. */
  day: { runs: number; failed: number; logsProcessed: number; rejected: number };
  /** The newest failure since the last run that succeeded; `null` where there is none. */
  failure: {
    runId: string;
    start: string;
    /** How it ended. */
    kind: 'failed' | 'cancelled' | 'cut off';
    message: string;
    checkpoint: string | null;
  } | null;
  logStream: LogStreamDetails;
  /** What in the settings makes every run fail, in words. */
  problems: string[];
  /** What in the settings is taken for something else than was entered, in words. */
  warnings: string[];
  /** The newest 20 changes of settings and schedule, newest first. */
  changes: { at: string; name: string; from: string; to: string }[];
}

/** `POST /api/tenants`: adds a tenant, due at once. Answers 201. */
export interface NewTenant {
  name: string;
  /** By their names; those left empty are left out. */
  settings: Record<string, string>;
  schedule: string;
  timeZone: string;
}

/**
 * `POST /api/setup`: makes a tenant's application in Auth0, and whatever else it needs there, and adds the tenant. What it
 * is administered with is neither stored nor logged.
 */
export interface NewSetup {
  name: string;
  domain: string;
  /** Of the Management API; else the credentials of an administrative application are there. */
  token?: string;
  clientId?: string;
  clientSecret?: string;
  /** Those of the tenant but for its domain and application; those left empty are left out. */
  settings: Record<string, string>;
  /** Where Auth0 reaches this exporter; left out: no log stream is made. */
  push?: string;
  /** Of the Dashboard, where it asks for it again: for a tenant that is there already. */
  password?: string;
}

/** What a setup has done. Where it was refused before it did anything, 422 is answered instead. */
export interface SetupReport {
  lines: SetupLine[];
  /** Why it ended early; empty where it did not. Repeating it takes up where it was. */
  problem: string;
}

export type { SetupLine };

/** `POST /api/tenants/NAME/settings`: saves what was entered. Answers 204, as all that follow. */
export interface SettingsChange {
  /** By their names; what is left out stays, and an empty password keeps what is saved. */
  settings: Record<string, string>;
  /** Names of saved passwords that are to go. */
  clear: string[];
  /** Of the Dashboard, where it asks for it again. */
  password?: string;
}

/** `POST /api/tenants/NAME/schedule`. */
export interface ScheduleChange {
  schedule: string;
  timeZone: string;
}

/** `POST /api/tenants/NAME/remove`. */
export interface Removal {
  /** Whether the Auth0 application that it is reached with is deleted in Auth0, too; left out: it stays. */
  deleteApplication?: boolean;
  /** Whether checkpoint and history stay for a tenant that is added under the name later. */
  keepState: boolean;
  /** Of the Dashboard, where it has one. */
  password?: string;
}

/** `GET /api/schedule?cron=&timeZone=[&tenant=NAME]`: what a schedule means; with a tenant, when that one would run. */
export interface SchedulePreview {
  description: string;
  /** A sentence about the cost of the schedule; empty if it needs none. */
  warning: string;
  /** ISO 8601: the next five; of a tenant that is yet to be added, as the schedule says. */
  next: string[];
  /** Whether the tenant is one of several, or will be: each begins a little later than its schedule says. */
  isSpread: boolean;
}

/** A process on the database, as it says itself. */
export type WorkerInList = Worker;

/** `GET /api/workers`: the processes that were heard of within a minute, and what waits for them. */
export interface WorkerList {
  /** ISO 8601, by the database's clock, as all times here. */
  now: string;
  workers: readonly WorkerInList[];
  /** `null` where everything runs in one process. */
  queue: QueueDepth | null;
}

/**
 * `GET /api/live?tenant=NAME`: server-sent events, those of one tenant with its log lines. Without a tenant those of all,
 * lines left out. No `GET` but that of `/api/session` keeps a session from being idle: pages ask by themselves.
 */
export type { LiveEvent } from '../../runs/live-log';

/** The state of a tenant in a word, as the Dashboard and the terminal say it. */
export const STATE_WORDS: Readonly<Record<TenantState, string>> = {
  failing: 'Failing',
  overdue: 'Overdue',
  behind: 'Falling behind',
  incomplete: 'Calls rejected',
  'catching-up': 'Catching up',
  new: 'New',
  ok: 'Caught up',
  off: 'Off',
};
