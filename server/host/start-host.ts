import type { Clock } from '../../src/time/clock';
import type { WebtaskContext } from '../../src/webtask/webtask-context';
import { createLiveLog } from './executions/create-live-log';
import { createRunner } from './executions/create-runner';
import type { Execution } from './executions/execution';
import { openHistory } from './executions/open-history';
import { watchDisk } from './folder/watch-disk';
import type { Host } from './host';
import { manifest } from './installation/manifest';
import { openInstallation } from './installation/open-installation';
import { toSecrets } from './installation/to-secrets';
import { reportOutage } from './report-outage';
import { keepSchedule } from './schedule/keep-schedule';
import { nextRunOf } from './schedule/next-run-of';
import { createStorage } from './storage/create-storage';
import { expireLease } from './storage/expire-lease';
import { containWebtask } from './webtask/contain-webtask';
import { mountPath } from './webtask/mount';

/** What a host is made of. */
export interface HostOptions {
  /** Prepared, and locked for this process. */
  folder: string;
  /** Path of the built bundle. */
  bundle: string;
  /** Settings that come from outside. */
  given: Readonly<Record<string, string>>;
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
  const { folder, given, clock, onTrouble } = options;
  const now = () => clock.now();
  const disk = watchDisk(({ message }) => {
    reportOutage(message, secrets(options.baseUrl())).then(
      (warning) => warning && onTrouble(warning),
      (error: unknown) => onTrouble(String(error)),
    );
  });
  const installation = await openInstallation(folder, disk);
  const secrets = (baseUrl: string) => toSecrets(installation.current, given, baseUrl);
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
    given,
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
