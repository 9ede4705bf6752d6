import { parseSettings, switchProblems } from '../../src/settings';
import { HostError } from '../errors';
import { requiredSettings } from '../tenants/environment-tenant';

const list = (names: readonly string[]) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** What is wrong with MAX_RUN_SECONDS; empty where nothing is. */
function budgetProblem(seconds = ''): string {
  const isUsable = /^\d+$/.test(seconds) && Number(seconds) >= 5 && Number(seconds) <= 86_400;
  if (seconds === '' || isUsable) return '';
  return `MAX_RUN_SECONDS is ${JSON.stringify(seconds.slice(0, 60))}. It must be a whole number from 5 to 86400.`;
}

/**
 * Makes sure that what is given from outside can be used at all: that a client secret comes with its domain, as one
 * that is entered in the Dashboard would decide where the secret goes, and that what holds for all tenants is right.
 *
 * @param overrides settings from arguments, environment and config.json
 * @throws {HostError} naming what is missing or wrong
 */
export function checkOverrides(overrides: Readonly<Record<string, string>>): void {
  if (overrides.AUTH0_CLIENT_SECRET && !overrides.AUTH0_DOMAIN) {
    throw new HostError(
      'AUTH0_CLIENT_SECRET is set by environment or configuration file, but AUTH0_DOMAIN, the tenant that it is for, is not. Give AUTH0_DOMAIN in the same place.',
      78,
    );
  }
  const problem = budgetProblem(overrides.MAX_RUN_SECONDS);
  if (problem !== '') throw new HostError(problem, 78);
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
      `${list(missing)} ${missing.length === 1 ? 'is' : 'are'} missing${there.length > 0 ? `; ${list(there)} ${there.length === 1 ? 'is' : 'are'} given` : ''}. Give ${there.length > 0 ? 'the rest' : 'them'} as environment variables, as arguments, or in config.json. The first three are those of a machine-to-machine application of your Auth0 tenant, SEGMENT_KEY is the write key of your Segment source. Or have them made and stored with: setup NAME --domain DOMAIN.`,
      78,
    );
  }
  const { problems } = parseSettings((name) => settings[name]);
  problems.push(...switchProblems((name) => (settings[name] ?? '').trim()));
  if (problems.length > 0) throw new HostError(problems.join(' '), 78);
}
