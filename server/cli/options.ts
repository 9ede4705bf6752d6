import { resolve } from 'node:path';
import nconf from 'nconf';
import { bareDomain } from '../../src/settings';
import { HostError } from '../errors';
import { manifest } from '../manifest';
import { isQuoted } from '../tenants/secret-reference';
import { tenantSettings } from '../tenants/tenant-settings';
import { environmentOnly, readConfig } from './config-file';
import { type HostOptionName, hostOptionDefaults } from './host-options';

const former = Object.values(manifest.secrets).flatMap((setting) => setting.former ?? []);

/**
 * The extension's settings that can be set by environment or configuration file: those of the manifest, what the platform passes by
 * itself, the run's budget, and where a sandbox stands in for Segment.
 */
export const settingNames: readonly string[] = [
  ...Object.keys(tenantSettings),
  ...Object.keys(manifest.secrets),
  ...former,
  'MAX_RUN_SECONDS',
  'SEGMENT_ENDPOINT',
];

/** Everything that can be said from outside. */
interface Options {
  /** The extension's settings that were given; one that is empty counts as not given. */
  overrides: Record<string, string>;
  host: Record<HostOptionName, string>;
}

/** Where options come from. */
interface OptionSources {
  /** Arguments by the names of the options. */
  flags: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string | undefined>>;
  /** Folder of config.json. */
  folder: string;
}

/** Settings that once had another name, by that name. */
const presentNames = new Map(
  Object.entries(manifest.secrets).flatMap(([name, { former }]) => (former ? [[former, name] as const] : [])),
);

/** What one source says, under the present names. Within one source the present name goes before the former. */
function named(
  names: readonly string[],
  values: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const said = new Map<string, string>();
  for (const name of names) {
    const typed = values[name]?.trim();
    const value = name === 'AUTH0_DOMAIN' && typed ? bareDomain(typed) : typed;
    const present = presentNames.get(name) ?? name;
    if (value && (present === name || !values[present]?.trim())) said.set(present, value);
  }
  return Object.fromEntries(said);
}

/**
 * Makes sure that no value of the environment is in quotes, which `docker run --env-file` keeps.
 *
 * @throws {HostError} naming every variable that is
 */
function refuseQuotes(names: readonly string[], env: OptionSources['env']): void {
  const quoted = names.filter((name) => isQuoted(env[name] ?? ''));
  if (quoted.length === 0) return;
  const are = quoted.length === 1 ? 'is' : 'are';
  throw new HostError(
    `${quoted.join(', ')} ${are} in quotes in the environment, and the quotes are part of the value: docker --env-file keeps them. Take the quotes away.`,
    78,
  );
}

/**
 * Reads the options: arguments go before the environment, that before config.json, that before the defaults.
 *
 * @returns the options, those given under a former name under the present one
 * @throws {HostError} when a value of the environment is in quotes, or config.json cannot be used
 */
export function readOptions({ flags, env, folder }: OptionSources): Options {
  const names = [...settingNames, ...Object.keys(hostOptionDefaults)];
  refuseQuotes([...names, ...environmentOnly], env);
  const provider = new nconf.Provider();
  provider.add('arguments', { type: 'literal', store: named(names, flags) });
  provider.add('environment', { type: 'literal', store: named(names, env) });
  provider.add('config', {
    type: 'literal',
    store: named(names, readConfig(resolve(folder, 'config.json'), names)),
  });
  provider.defaults(hostOptionDefaults);
  const text = (name: string) => String(provider.get(name) ?? '');
  const host = { ...hostOptionDefaults } as Record<HostOptionName, string>;
  for (const name of Object.keys(host) as HostOptionName[]) host[name] = text(name);
  const overrides = [
    ...settingNames.map((name) => [name, text(name)]),
    ...environmentOnly.map((name) => [name, env[name]?.trim()]),
  ];
  return {
    overrides: Object.fromEntries(overrides.filter(([, value]) => value)),
    host,
  };
}
