import { createExporter } from '../../src/job/exporter';
import type { StartPoint } from '../../src/job/start-point';
import { createRedactor } from '../../src/redactor';
import { parseSettings, secretNames } from '../../src/settings';
import type { RunStateStore } from '../../src/storage/run-store';
import type { Clock } from '../../src/time';
import { failureInWords, HostError } from '../errors';
import type { TenantRegistry } from './registry';
import { TenantError } from './tenant-error';
import { startToFind } from './tenant-settings';
import type { TenantRow } from './tenant-store';

/** What Auth0 is asked with. */
interface FindDependencies {
  registry: Pick<TenantRegistry, 'tryOut'>;
  clock: Clock;
  fetch: typeof fetch;
  mayReference: boolean;
}

/** Why there is no log to start with, and what to do. */
export function describeMissingStart(point: StartPoint): string {
  switch (point.kind) {
    case 'log':
      return `Auth0 does not know a log ${JSON.stringify(point.id.slice(0, 100))}: the ID is mistyped, or older than the tenant's log retention. Copy it again from the failed run or from Slack, or start from a date.`;
    case 'at':
      return `Auth0 has no log of ${new Date(point.at).toISOString()} or later. Enter an earlier time, or start from now.`;
    default:
      return 'Auth0 has no logs of this tenant. Wait for its first login: the next run exports it by itself.';
  }
}

/** Refuses where to start, in a sentence. */
export const refuseStart = (sentence: string): TenantError =>
  new TenantError('invalid', sentence, { START_FROM: sentence });

/**
 * Has the next run start with a log once more: the job starts from an ID once, and asked for again, it has not been acted
 * on yet.
 *
 * @returns whether a run had started with it before
 * @throws {HostError} where a run that did is under way
 */
export async function startAgain(
  store: RunStateStore,
  { name }: Pick<TenantRow, 'name'>,
  id: string,
): Promise<boolean> {
  let wasUsed = false;
  await store.update((state, now) => {
    wasUsed = state.startFrom === id;
    if (!wasUsed) return undefined;
    if (state.lease && Date.parse(state.lease.expiresAt) > now) {
      throw new HostError(
        `A run of tenant ${name} is under way, which has started with the log ${id} already. Repeat this when it has ended.`,
        1,
      );
    }
    return { state: { ...state, startFrom: null } };
  });
  return wasUsed;
}

/**
 * Puts the ID of a log in the place of a word or a date in START_FROM, by asking Auth0 with the settings as they would be.
 * An ID stays as it was entered, and Auth0 is not asked.
 *
 * @param name of the tenant; `undefined` for one that is yet to be added
 * @param settings as they were entered
 * @throws {TenantError} `invalid` where nothing can be found, as well as for the rest of what was entered
 */
export async function withStartFound<T extends Readonly<Record<string, string>>>(
  name: string | undefined,
  settings: T,
  { registry, clock, fetch, mayReference }: FindDependencies,
): Promise<T> {
  const point = startToFind(settings);
  if (!point) return settings;
  const text = settings.START_FROM?.trim() ?? '';
  const resolved = await registry.tryOut(name, { ...settings, START_FROM: '' }, { mayReference });
  const redactor = createRedactor(secretNames.map((secret) => resolved[secret]));
  const exporter = createExporter(
    parseSettings((setting) => resolved[setting]),
    { clock, fetch, random: Math.random, redactor },
  );
  try {
    const found = await exporter.findStart(point);
    if (found) return { ...settings, START_FROM: found.id };
  } catch (error) {
    const reason = redactor.text(failureInWords(error));
    throw refuseStart(`START_FROM is ${text}, but Auth0 could not be asked for that log: ${reason}`);
  }
  // Whatever comes is the oldest, and comes after now.
  if (point.kind !== 'at') return { ...settings, START_FROM: '' };
  throw refuseStart(`START_FROM is ${text}. ${describeMissingStart(point)}`);
}
