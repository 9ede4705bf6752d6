import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../src/time';
import type { WebtaskContext } from '../../src/webtask';
import { type DiskError, reportOutage, watchDisk } from '../host/disk';
import { createStorage, expireLease, type Storage } from '../host/storage';
import { containWebtask, type WebtaskAnswer } from '../host/webtask';
import { manifest, mountPath } from '../manifest';
import { type Installed, openInstallation, toSecrets } from '../tenants/tenants';
import { type Execution, type History, openHistory } from './executions';
import { createLiveLog, createRunner, type LiveLog, type Runner } from './runner';
import { keepSchedule, nextRunOf } from './scheduler';

/** The extension, hosted: what the platform would do for it. */
export interface Host {
  /** `null` where it is not installed. */
  readonly installed: Installed | null;
  /** Whether the folder was empty when the host started. */
  readonly isNew: boolean;
  /** Settings from arguments, environment and config.json: these cannot be changed from inside. */
  readonly overrides: Readonly<Record<string, string>>;
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

/** What a host is made of. */
interface HostOptions {
  /** Prepared, and locked for this process. */
  folder: string;
  /** Path of the built bundle. */
  bundle: string;
  /** Settings that come from outside. */
  overrides: Readonly<Record<string, string>>;
  clock: Clock;
  /** Base URL of the extension's page where no request says another. */
  baseUrl: () => string;
  /** Told of each execution that has ended. */
  onEnd: (execution: Execution) => void;
  /** Told of what goes wrong between executions, in words. */
  onTrouble: (message: string) => void;
}

/**
 * Starts to host the extension: loads its bundle, opens its state and keeps its schedule.
 *
 * @throws {HostError} when a file is damaged, or the bundle is missing
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const { folder, overrides, clock, onTrouble } = options;
  const now = () => clock.now();
  const disk = watchDisk(({ message }) => {
    reportOutage(message, secrets(options.baseUrl())).then(
      (warning) => warning && onTrouble(warning),
      (error: unknown) => onTrouble(String(error)),
    );
  });
  const installation = await openInstallation(folder, disk);
  const secrets = (baseUrl: string) => toSecrets(installation.current, overrides, baseUrl);
  const storage = await createStorage(folder, disk);
  const history = await openHistory(folder, now, disk);
  await expireLease(storage, now());

  const live = createLiveLog(now);
  const webtask = await containWebtask(options.bundle, (execution, line) => {
    history.log(execution, line);
    live.add({ kind: 'line', execution, text: line });
  });
  const stopping = new AbortController();

  const contextFor = (secrets: Record<string, string>): WebtaskContext => ({
    secrets,
    storage: storage.handle(),
    token: installation.current.token,
    stop: stopping.signal,
  });

  const runner = createRunner({
    history,
    live,
    now,
    onEnd: options.onEnd,
    trouble: disk.trouble,
    mayBegin: () => !stopping.signal.aborted,
    trigger: (execution) =>
      webtask.call(
        contextFor(secrets(options.baseUrl())),
        {
          method: 'POST',
          path: mountPath,
          headers: { authorization: `Bearer ${installation.current.token}` },
          // The platform posts a job that it runs, which is an active one, also where somebody has clicked.
          body: { ...installation.current.installed?.job, state: 'active' },
        },
        execution,
      ),
  });

  const schedule = keepSchedule({ clock, installation, runner, live, onTrouble });

  return {
    get installed() {
      return installation.current.installed;
    },
    isNew: installation.isNew,
    overrides,
    extensionSecret: installation.current.extensionSecret,
    history,
    live,
    storage,
    runner,
    trouble: disk.trouble,
    now,
    secrets,
    update: async (change) => {
      const installed = await installation.update((before) => {
        const after = change(before);
        if (!after) return after;
        const { job } = after;
        const isSame =
          before?.job.schedule === job.schedule && before.job.tz === job.tz && before.job.state === job.state;
        return isSame ? after : { ...after, job: { ...job, next_available_at: nextRunOf(job, now()) } };
      });
      schedule.wake();
      live.add({ kind: 'change', execution: 0, text: 'job' });
      return installed;
    },
    serve: (request, response, baseUrl) => {
      webtask.serve(contextFor(secrets(baseUrl)), request, response);
    },
    callUninstallHook: (token, hookSecrets) =>
      webtask.call(contextFor(hookSecrets), {
        method: 'DELETE',
        path: `${mountPath}${manifest.auth0.onUninstallPath}`,
        headers: { authorization: `Bearer ${token}` },
      }),
    begin: schedule.begin,
    stop: async () => {
      stopping.abort();
      await schedule.stop();
      await runner.idle();
    },
  };
}
