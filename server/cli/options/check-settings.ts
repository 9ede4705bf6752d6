import { parseSettings, switchProblems } from '../../../src/settings/parse-settings';
import { HostError } from '../../host/host-error';
import { requiredSettings } from './required-settings';

const list = (names: readonly string[]) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/**
 * Makes sure that a client secret from outside has its domain from outside: one that is entered in the Dashboard
 * would decide where the secret goes.
 *
 * @param given settings from arguments, environment and config.json
 * @throws {HostError} naming what is missing
 */
export function checkGivenSecret(given: Readonly<Record<string, string>>): void {
  if (!given.AUTH0_CLIENT_SECRET || given.AUTH0_DOMAIN) return;
  throw new HostError(
    'AUTH0_CLIENT_SECRET is given from outside, but AUTH0_DOMAIN, the tenant that it is for, is not. Give AUTH0_DOMAIN in the same place.',
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
