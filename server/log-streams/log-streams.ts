import { LRUCache } from 'lru-cache';
import { parseChoices } from '../../src/choices/read-choices';
import { logTypes } from '../../src/choices/shape';
import { parseSettings } from '../../src/settings';
import { escapeMrkdwn } from '../../src/slack/mrkdwn';
import { sendToSlack } from '../../src/slack/reporter';
import type { Clock } from '../../src/time';
import { troubleInWords } from '../errors';
import type { FinishedRun } from '../runs/runner';
import type { TenantRegistry } from '../tenants/registry';
import type { DueTimes } from '../tenants/tenant-store';
import type { LogStreamRow, LogStreamStore } from './log-stream-store';
import { isPaused, laterOf, noteRun, noteTriggers, type Triggers } from './stream-state';

/** Triggers that were noted together. */
export interface NotedTriggers {
  /** Name of the tenant. */
  tenant: string;
  count: number;
  /** Of them, those that asked for no run of their own. */
  coalesced: number;
}

/** What Auth0's log streams announce, and the runs that this brings forward. */
export interface LogStreams {
  list(): Promise<LogStreamRow[]>;
  /** @param tenant its name */
  find(tenant: string): Promise<LogStreamRow | undefined>;
  /** Auth0's abbreviations of the types of logs that a tenant exports. */
  typesOf(stream: LogStreamRow): Promise<readonly string[]>;
  /**
   * Notes a trigger, and has the tenant run as soon as it may be.
   *
   * @param highest the highest log of an exported type that it announces; `null` where there is none
   * @throws {DatabaseError} where that could not be noted
   */
  trigger(stream: LogStreamRow, highest: string | null): Promise<void>;
  /** Notes a run that has ended: it may have to be followed by another. Never rejects. */
  noteRun(finished: FinishedRun): Promise<void>;
  /** Resolves when nothing is being noted any more. */
  idle(): Promise<void>;
}

/** What log streams work with. */
interface LogStreamsOptions {
  store: LogStreamStore;
  dueTimes: Pick<DueTimes, 'bringForward'>;
  registry: Pick<TenantRegistry, 'find' | 'settingsOf'>;
  /** TRIGGER_INTERVAL_SECONDS, in milliseconds. */
  intervalMs: number;
  clock: Clock;
  /** Milliseconds since 1970, by the clock that due times go by. */
  now: () => number;
  /** Has whoever begins runs look at once at what is due. */
  wake: () => void;
  onNoted: (noted: NotedTriggers) => void;
  /** Told of what goes wrong, in words. */
  onTrouble: (message: string) => void;
}

/** Triggers of a tenant that come within this are written as one: a storm of them costs as much as a few. */
const GATHER_MS = 10;
const MOST_TENANTS = 10_000;
const LONGEST_SEND_MS = 5_000;

/** What Slack is told of a stream that has gone silent. */
function pausedMessage(tenant: string, lastTriggerAt: number): string {
  const since = `has announced no log since ${new Date(lastTriggerAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `:warning: *Auth0 Logs to Segment: the log stream of tenant ${escapeMrkdwn(tenant)} seems to be paused*\nIt ${since}, although there were logs. Nothing is lost: they are exported on the schedule, only later. Look at Monitoring > Streams in Auth0: start the stream again, and check its URL and token.`;
}

/** Opens what log streams announce. */
export function createLogStreams(options: LogStreamsOptions): LogStreams {
  const { store, dueTimes, registry, intervalMs, clock, now, wake, onTrouble } = options;
  const types = new LRUCache<string, { version: number; types: readonly string[] }>({ max: MOST_TENANTS });
  const noting = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    noting.add(work);
    const end = () => noting.delete(work);
    work.then(end, end);
    return work;
  };

  const ask = async (tenantId: string, at: number | undefined) => {
    if (at !== undefined && (await dueTimes.bringForward(tenantId, at))) wake();
  };

  const note = async ({ tenantId, tenant }: LogStreamRow, triggers: Omit<Triggers, 'at'>) => {
    const at = now();
    const step = await store.change(tenantId, (before) => ({
      ...noteTriggers(before, { ...triggers, at }, intervalMs),
      pullAtBefore: before.pullAt,
    }));
    if (!step) return;
    const { count } = triggers;
    const isAsked = step.askAt !== undefined && step.state.pullAt !== step.pullAtBefore;
    options.onNoted({ tenant, count, coalesced: count - Number(isAsked) });
    await ask(tenantId, step.askAt);
  };

  /** Triggers that wait for the write of those before them, by tenant. */
  const gathering = new Map<string, { triggers: Omit<Triggers, 'at'>; done: Promise<void> }>();
  /** When the next may be written. */
  const free = new Map<string, Promise<void>>();
  const gather = (stream: LogStreamRow, highest: string | null): Promise<void> => {
    const { tenantId } = stream;
    const open = gathering.get(tenantId);
    if (open) {
      open.triggers.count += 1;
      open.triggers.highest = laterOf(highest, open.triggers.highest);
      return open.done;
    }
    const triggers = { count: 1, highest };
    const begin = async () => {
      await free.get(tenantId);
      gathering.delete(tenantId);
      const writing = note(stream, triggers);
      const rest = writing
        .catch(() => {
          // Told to those who wait for it.
        })
        .then(() => clock.sleep(GATHER_MS))
        .then(() => {
          if (free.get(tenantId) === rest) free.delete(tenantId);
        });
      free.set(tenantId, rest);
      await writing;
    };
    const done = begin();
    gathering.set(tenantId, { triggers, done });
    return done;
  };

  const tell = async (tenantName: string, lastTriggerAt: number) => {
    const tenant = await registry.find(tenantName);
    if (!tenant) return;
    const settings = await registry.settingsOf(tenant);
    const { webhook } = parseSettings((name) => settings[name]).slack;
    if (!webhook) return;
    const warning = await sendToSlack(
      { webhook, fetch: globalThis.fetch, timeoutMs: LONGEST_SEND_MS },
      { text: pausedMessage(tenantName, lastTriggerAt) },
    );
    if (warning) onTrouble(warning);
  };

  const noteEnd = async ({ tenant, trigger, startedAt, answer }: FinishedRun) => {
    const { statusCode, body } = answer;
    // Another process runs it, and notes that.
    if (statusCode === 409 || !('status' in body)) return;
    const { status: record } = body;
    const run = {
      isForStream: trigger === 'stream',
      hasFailed: statusCode !== 200,
      checkpoint: record.checkpoint,
      hasExported: record.logsProcessed > 0,
      startedAt: Date.parse(startedAt),
      endedAt: now(),
    };
    const step = await store.change(tenant.id, (before) => {
      const { state, askAt } = noteRun(before, run, intervalMs);
      const isToTell = isPaused(state, run.endedAt) && state.toldAt === null;
      return { state: isToTell ? { ...state, toldAt: run.endedAt } : state, askAt, isToTell };
    });
    if (!step) return;
    await ask(tenant.id, step.askAt);
    const { lastTriggerAt } = step.state;
    if (step.isToTell && lastTriggerAt !== null) await tell(tenant.name, lastTriggerAt);
  };

  return {
    list: store.list,
    find: store.find,
    typesOf: async ({ tenant: name, tenantId, tenantVersion }) => {
      const known = types.get(tenantId);
      if (known?.version === tenantVersion) return known.types;
      const tenant = await registry.find(name);
      // Where the settings cannot be had, a run says so.
      const settings = tenant ? await registry.settingsOf(tenant).catch(() => undefined) : undefined;
      const found = settings
        ? parseChoices((setting) => settings[setting] ?? '').choices.selection.types
        : logTypes;
      types.set(tenantId, { version: tenantVersion, types: found });
      return found;
    },
    trigger: (stream, highest) => track(gather(stream, highest)),
    noteRun: (finished) =>
      track(
        noteEnd(finished).catch((error: unknown) =>
          onTrouble(
            `What a run of tenant ${finished.tenant.name} means for its log stream could not be noted, so the next logs may wait for the schedule: ${troubleInWords(error)}`,
          ),
        ),
      ),
    idle: async () => {
      while (noting.size > 0) await Promise.allSettled(noting);
    },
  };
}
