import { ExportError, isTransientCode } from '../../src/errors';
import { describeNetworkError } from '../../src/http/network-error';
import { BatchFailure } from '../../src/job/export-batches';
import { createExporter } from '../../src/job/exporter';
import { createRedactor } from '../../src/redactor';
import { count, total } from '../../src/run-words';
import { printedCall, type SegmentCall } from '../../src/segment/calls';
import { parseSettings, secretNames } from '../../src/settings';
import { type Clock, createDeadline, type Deadline } from '../../src/time';
import { HostError } from '../errors';
import type { ResolvedSettings } from '../tenants/registry';
import { byName } from './describe-run';
import {
  type CommandOptions,
  chooseTenant,
  isAnyTenantKnown,
  openCommandHost,
  refreshTenants,
} from './open-host';
import { checkSettings } from './settings';
import type { Terminal } from './terminal';

/** Whoever watches is told this often what is waited for. */
const TELL_EVERY_MS = 10_000;

/** What patience is made of. */
interface PatienceOptions {
  clock: Clock;
  /** Milliseconds without progress after which it is over. */
  limitMs: number;
  /** Fires when the process is asked to stop. */
  stop: AbortSignal;
  fetch: typeof fetch;
  /** Names a host as whoever watches knows it, such as `Auth0`. */
  nameOf: (host: string) => string;
  /** Told every ten seconds what is waited for. */
  tell: (message: string) => void;
}

/** The time that a replay has: as much as it likes while it gets on. */
interface Patience {
  deadline: Deadline;
  /** A fetch that notes who does not answer. */
  fetch: typeof fetch;
  /** Something was done: the time begins anew, unless the process was asked to stop. */
  progress(): void;
}

/** Starts to wait, for a limited time without progress. */
function createPatience(options: PatienceOptions): Patience {
  const { clock, limitMs, stop, nameOf, tell } = options;
  const ended = new AbortController();
  const begin = () => {
    const deadline = createDeadline({ clock, budgetMs: limitMs, stop });
    // What it waits for is given up with it: the next one, if there is one, is begun before anything waits.
    const { signal } = deadline;
    signal.addEventListener('abort', () => stop.aborted && ended.abort(signal.reason), { once: true });
    return deadline;
  };
  let current = begin();
  const sleeping = new Set<number>();
  const asked = new Map<symbol, string>();
  let trouble = '';

  const describeError = (): string | undefined => {
    if (sleeping.size > 0) {
      const seconds = Math.max(0, Math.ceil((Math.min(...sleeping) - clock.monotonic()) / 1000));
      return trouble === ''
        ? `Waiting for Auth0's rate limit, next request in ${seconds} s.`
        : `${trouble}, trying again in ${seconds} s.`;
    }
    const [host] = asked.values();
    return host === undefined ? undefined : `Waiting for ${nameOf(host)} to answer.`;
  };
  const telling = async () => {
    for (;;) {
      await clock.sleep(TELL_EVERY_MS, ended.signal);
      const words = describeError();
      if (words) tell(words);
    }
  };
  // It ends with the signal, and in no other way.
  telling().catch(() => {});

  const deadline: Deadline = {
    remaining: () => current.remaining(),
    wrapUpRemaining: () => current.wrapUpRemaining(),
    requestTimeout: () => current.requestTimeout(),
    hasTimeFor: (ms) => current.hasTimeFor(ms),
    allowsRequestIn: (ms) => current.allowsRequestIn(ms),
    sleep: async (ms) => {
      const until = clock.monotonic() + ms;
      sleeping.add(until);
      try {
        await clock.sleep(ms, ended.signal);
      } catch (error) {
        throw ended.signal.reason instanceof ExportError ? ended.signal.reason : error;
      } finally {
        sleeping.delete(until);
      }
    },
    signal: ended.signal,
    abort: () => {
      current.abort();
      ended.abort();
    },
    end: () => {
      current.end();
      ended.abort();
    },
  };
  return {
    deadline,
    fetch: async (input, init) => {
      const { host } = new URL(input instanceof Request ? input.url : input);
      const request = Symbol(host);
      asked.set(request, host);
      try {
        const answer = await options.fetch(input, init);
        // A rate limit is no trouble, it is waited for.
        trouble = answer.status >= 500 ? `${nameOf(host)} does not answer: it says ${answer.status}` : '';
        if (answer.status === 429) trouble = `Waiting for ${nameOf(host)}'s rate limit`;
        return answer;
      } catch (error) {
        trouble = `${nameOf(host)} does not answer: ${describeNetworkError(error)}`;
        throw error;
      } finally {
        asked.delete(request);
      }
    },
    progress: () => {
      if (stop.aborted) return;
      current.end();
      current = begin();
    },
  };
}

/** What `replay` is given. */
interface ReplayOptions extends Omit<CommandOptions, 'onTrouble'> {
  /** Of the tenant; empty where none was named. */
  name: string;
  /** Id of the first log. */
  from: string;
  /** Id of the last log; `undefined`: the newest there is. */
  to: string | undefined;
  /** Whether to print what would be sent instead of sending it. */
  isDryRun: boolean;
  /** Minutes without progress after which it ends. */
  maxMinutes: number;
  terminal: Terminal;
  /** Takes a line of JSON for each call that would be sent. */
  print: (json: string) => void;
}

/** The settings of the tenant whose logs are meant. */
async function findSettings(options: ReplayOptions): Promise<ResolvedSettings> {
  const { setup, name, overrides, terminal } = options;
  if (!isAnyTenantKnown(setup, overrides)) return overrides;
  const { host, close } = await openCommandHost({ ...options, onTrouble: terminal.line });
  try {
    for (const warning of await refreshTenants(host, { ...options, isHost: false }))
      terminal.line(`Warning: ${warning}`);
    const tenant = chooseTenant(await host.registry.list(), name);
    return tenant ? await host.registry.settingsOf(tenant) : overrides;
  } finally {
    await close();
  }
}

/**
 * Sends a stretch of logs again, without moving the checkpoint. Their calls have the messageIds that they had
 * before, by which Segment knows those that it has.
 *
 * @returns the exit code: 0 done, 75 when it was stopped or got no further for now, 1 failed
 * @throws {HostError} when a setting or an argument is wrong
 */
export async function replay(options: ReplayOptions): Promise<number> {
  const { from, to, isDryRun, terminal, print, clock, stop } = options;
  if (to !== undefined && to < from) {
    throw new HostError(`--to ${to} is a log before --from ${from}. Log ids grow: swap the two.`, 78);
  }
  const found = await findSettings(options);
  checkSettings(found);
  const parsed = parseSettings((name) => found[name]);
  const { settings } = parsed;
  if (!settings) throw new HostError('The settings cannot be used.', 78);
  const redactor = createRedactor(secretNames.map((name) => found[name]));
  const segmentHost = new URL(settings.segment.endpoint).host;
  const { deadline, fetch, progress } = createPatience({
    clock,
    limitMs: options.maxMinutes * 60_000,
    stop,
    fetch: globalThis.fetch,
    nameOf: (host) => (host === segmentHost ? 'Segment' : 'Auth0'),
    tell: terminal.line,
  });
  const exporter = createExporter(parsed, { clock, fetch, random: Math.random, redactor });
  const show = (calls: readonly SegmentCall[]) => {
    for (const call of calls) print(printedCall(call));
  };
  const done = exporter.replay({
    from,
    to,
    deadline,
    mayGoOn: () => !stop.aborted,
    onCalls: isDryRun ? show : undefined,
    onPage: progress,
    onWarning: terminal.line,
  });
  const events: Record<string, number> = {};
  let refused = 0;
  let last = '';
  try {
    for await (const exported of done) {
      progress();
      for (const [name, sent] of exported.events) events[name] = (events[name] ?? 0) + sent;
      for (const { logId, call, reason } of exported.rejected) {
        refused += 1;
        terminal.line(`Refused: ${call} of log ${logId}: ${redactor.text(reason)}`);
      }
      last = exported.batch.checkpoint;
    }
  } catch (thrown) {
    const error = thrown instanceof BatchFailure ? thrown.cause : thrown;
    if (!(error instanceof ExportError)) throw error;
    terminal.line(
      error.code === 'start_from_unknown'
        ? `Auth0 does not know the log that --from names, ${JSON.stringify(from.slice(0, 100))}: it is mistyped, or older than the tenant's log retention.`
        : redactor.text(error.message),
    );
    terminal.line(last ? `Replayed up to ${last}. Go on with --from ${last}` : 'Nothing was replayed.');
    if (!isTransientCode(error.code)) return 1;
    if (!stop.aborted) {
      terminal.line(
        `It ended because it would get no further within ${count(options.maxMinutes, 'minute')}.`,
      );
    }
    return 75;
  } finally {
    deadline.end();
  }
  const sent = total(events);
  const what = sent > 0 ? `: ${byName(events)}` : '';
  terminal.line(
    `${isDryRun ? 'Would send' : 'Sent'} ${count(sent, 'event')}${what}, up to log ${last || from}.`,
  );
  if (refused > 0) terminal.line(`${count(refused, 'call')} refused.`);
  terminal.line('The checkpoint was not moved.');
  return stop.aborted ? 75 : refused > 0 ? 1 : 0;
}
