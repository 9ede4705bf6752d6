import type { Execution } from '../../runs/executions';
import type { Job } from '../../tenants/tenants';

/** A setting as a form shows it. */
export interface Field {
  name: string;
  description: string;
  kind: 'text' | 'password' | 'select';
  isRequired: boolean;
  options: { value: string; text: string }[];
  /** What the form begins with; always empty for a password. */
  value: string;
  /** Whether a password is saved, which an empty field keeps. */
  isSaved: boolean;
  /** Whether the setting is set by environment or configuration file and cannot be changed here. */
  isOverridden: boolean;
  /** Whether it says which tenant is exported, rather than how. */
  isTenant: boolean;
}

/** An execution without what it logged and answered, as lists show it. */
export interface ExecutionSummary
  extends Pick<
    Execution,
    'id' | 'scheduled_at' | 'started_at' | 'completed_at' | 'type' | 'statusCode' | 'trigger'
  > {
  /** What came of it, in a few words. */
  outcome: string;
}

/** The installed extension. */
export interface InstalledState {
  /** ISO 8601. */
  at: string;
  tenant: string;
  job: Job;
  /** The schedule, described for people. */
  description: string;
  /** Whether the schedule is set by environment or configuration file and cannot be changed here. */
  isScheduleGiven: boolean;
  isRunning: boolean;
  /** Id of the log up to which everything is exported. */
  checkpoint: string | null;
}

/** Everything that the Dashboard shows but the details of executions. No secret is in it. */
export interface DashboardState {
  /** ISO 8601, by the clock of the host. */
  now: string;
  extension: {
    title: string;
    name: string;
    version: string;
    author: string;
    description: string;
    schedule: string;
  };
  /** IANA name of the time zone that a new job gets. */
  timeZone: string;
  /** Whether there is a password, which some changes ask for again. */
  hasPassword: boolean;
  fields: Field[];
  installed: InstalledState | null;
  /** Newest first. */
  executions: ExecutionSummary[];
  /** What to put into the settings where the sandbox stands in for Segment and Slack. */
  sandbox: { segmentKey: string; slackWebhook: string } | null;
}

/** Somebody who is signed in. */
export interface SessionInList {
  id: string;
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601: when somebody last did something there. */
  seenAt: string;
  /** IP address. */
  address: string;
  /** What the browser calls itself. */
  browser: string;
  /** Whether it is that of whoever asks. */
  isThis: boolean;
}

/** Who may use the Dashboard. */
export interface SessionState {
  /** Whether a password must be entered first. */
  isLocked: boolean;
  /** Whether there is a password, and so a way out. */
  hasPassword: boolean;
  /** To be sent with everything that changes something; empty while locked. */
  csrfToken: string;
}
