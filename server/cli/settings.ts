import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseSettings, switchProblems } from '../../src/settings';
import { HostError } from '../errors';
import { checkFolder } from '../host/folder';
import { openInstallation, toSecrets } from '../tenants/tenants';

/** Without these no run can export anything. */
export const requiredSettings = [
  'AUTH0_DOMAIN',
  'AUTH0_CLIENT_ID',
  'AUTH0_CLIENT_SECRET',
  'SEGMENT_KEY',
] as const;

const list = (names: readonly string[]) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/**
 * Makes sure that a client secret from outside has its domain from outside: one that is entered in the Dashboard
 * would decide where the secret goes.
 *
 * @param overrides settings from arguments, environment and config.json
 * @throws {HostError} naming what is missing
 */
export function checkGivenSecret(overrides: Readonly<Record<string, string>>): void {
  if (!overrides.AUTH0_CLIENT_SECRET || overrides.AUTH0_DOMAIN) return;
  throw new HostError(
    'AUTH0_CLIENT_SECRET is set by environment or configuration file, but AUTH0_DOMAIN, the tenant that it is for, is not. Give AUTH0_DOMAIN in the same place.',
    78,
  );
}

/**
 * Makes sure that a run can be made with these settings.
 *
 * @param settings by their names; one that is empty counts as not given
 * @throws {HostError} naming what is missing or wrong
 */
export function checkSettings(settings: Readonly<Record<string, string>>): void {
  const missing = requiredSettings.filter((name) => !settings[name]);
  if (missing.length > 0) {
    const there = requiredSettings.filter((name) => settings[name]);
    throw new HostError(
      `${list(missing)} ${missing.length === 1 ? 'is' : 'are'} missing${there.length > 0 ? `; ${list(there)} ${there.length === 1 ? 'is' : 'are'} given` : ''}. Give ${there.length > 0 ? 'the rest' : 'them'} as environment variables, as arguments, or in config.json. The first three are those of a machine-to-machine application of your Auth0 tenant, SEGMENT_KEY is the write key of your Segment source.`,
      78,
    );
  }
  const { problems } = parseSettings((name) => settings[name]);
  problems.push(...switchProblems((name) => (settings[name] ?? '').trim()));
  const budget = settings.MAX_RUN_SECONDS ?? '';
  if (budget !== '' && !(/^\d+$/.test(budget) && Number(budget) >= 5 && Number(budget) <= 86_400)) {
    problems.push(
      `MAX_RUN_SECONDS is ${JSON.stringify(budget.slice(0, 60))}. It must be a whole number from 5 to 86400.`,
    );
  }
  if (problems.length > 0) throw new HostError(problems.join(' '), 78);
}

/**
 * The settings as a run would find them, without taking the folder: those set by environment or configuration file, and those
 * saved in the Dashboard.
 *
 * @throws {HostError} when the saved ones are damaged, or others may write them
 */
export async function resolveSettings(
  dataDir: string,
  overrides: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  if (!existsSync(join(dataDir, 'extension.json'))) return { ...overrides };
  const { current } = await openInstallation(await checkFolder(dataDir));
  return toSecrets(current, overrides, '');
}

/** How long a run of the host's own may take where nothing else is said, in seconds. */
const DEFAULT_SECONDS = 240;

/**
 * Milliseconds that a run may take.
 *
 * @param seconds MAX_RUN_SECONDS, checked before
 */
export function toRunBudget(seconds: string | undefined): number {
  return (Number(seconds) || DEFAULT_SECONDS) * 1000;
}
