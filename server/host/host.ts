import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LiveLog } from './executions/create-live-log';
import type { Runner } from './executions/create-runner';
import type { Execution } from './executions/execution';
import type { History } from './executions/open-history';
import type { DiskError } from './folder/disk-error';
import type { Installed } from './installation/installation';
import type { Storage } from './storage/create-storage';
import type { WebtaskAnswer } from './webtask/call-webtask';

/** The extension, hosted: what the platform would do for it. */
export interface Host {
  /** `null` where it is not installed. */
  readonly installed: Installed | null;
  /** Whether the folder was empty when the host started. */
  readonly isNew: boolean;
  /** Settings from arguments, environment and config.json: these cannot be changed from inside. */
  readonly given: Readonly<Record<string, string>>;
  readonly extensionSecret: string;
  readonly history: History;
  readonly live: LiveLog;
  readonly storage: Storage;
  readonly runner: Runner;
  /** Why nothing can be stored; `undefined` where it can. Tries again first where it has failed before. */
  trouble(): Promise<DiskError | undefined>;
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Changes what is installed; the schedule follows at once.
   *
   * @param change `undefined` leaves everything as it is
   */
  update(change: (installed: Installed | null) => Installed | null | undefined): Promise<Installed | null>;
  /** Everything that the webtask finds in its context. */
  secrets(baseUrl: string): Record<string, string>;
  /**
   * Hands a request for the extension's own page to it.
   *
   * @param baseUrl of the extension's page, as the browser sees it
   */
  serve(request: IncomingMessage, response: ServerResponse, baseUrl: string): void;
  /** Calls the extension's uninstall hook. */
  callUninstallHook(token: string, secrets: Record<string, string>): Promise<WebtaskAnswer>;
  /**
   * Runs the job once, if it is active, and keeps its schedule from then on.
   *
   * @returns the first execution
   */
  begin(): Promise<Execution | undefined>;
  /** Lets the run under way finish its batch, and starts none any more. */
  stop(): Promise<void>;
}
