import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import nconf from 'nconf';
import { HostError } from '../../host/host-error';
import { type HostOptionName, hostOptionDefaults } from './host-option-defaults';
import { settingNames } from './setting-names';

/** Everything that can be said from outside. */
export interface Options {
  /** The extension's settings that were given; one that is empty counts as not given. */
  given: Record<string, string>;
  host: Record<HostOptionName, string>;
}

/** Where options come from. */
export interface OptionSources {
  /** Arguments by the names of the options. */
  flags: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string | undefined>>;
  /** Folder of config.json. */
  folder: string;
}

/**
 * Read from the environment of the process alone: whoever may edit a file or a command line of this tool does not
 * thereby decide where its reports may go.
 */
const ENVIRONMENT_ONLY = ['ALLOWED_SLACK_HOSTS'];

/** The text of a JSON file's value, where it is one that a setting can have. */
const asText = (value: unknown): string =>
  typeof value === 'string'
    ? value.trim()
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : '';

function checkConfig(path: string): void {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new HostError(
      `${path} cannot be read (${error instanceof Error ? error.message : String(error)}). It must be a JSON object with settings, such as {"BATCH_SIZE": "50"}.`,
      78,
      error,
    );
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new HostError(
      `${path} holds no JSON object. It must be one with settings, such as {"BATCH_SIZE": "50"}.`,
      78,
    );
  }
}

/**
 * Reads the options: arguments go before the environment, that before config.json, that before the defaults.
 *
 * @throws {HostError} when config.json is damaged
 */
export function readOptions({ flags, env, folder }: OptionSources): Options {
  const names = [...settingNames, ...Object.keys(hostOptionDefaults)];
  const named = (values: Readonly<Record<string, string | undefined>>) =>
    Object.fromEntries(names.flatMap((name) => (values[name]?.trim() ? [[name, values[name]]] : [])));
  const provider = new nconf.Provider();
  provider.add('arguments', { type: 'literal', store: named(flags) });
  provider.add('environment', { type: 'literal', store: named(env) });
  const path = resolve(folder, 'config.json');
  if (existsSync(path)) {
    checkConfig(path);
    provider.file({ file: path });
  }
  provider.defaults(hostOptionDefaults);
  const text = (name: string) => asText(provider.get(name));
  const host = { ...hostOptionDefaults } as Record<HostOptionName, string>;
  for (const name of Object.keys(host) as HostOptionName[]) host[name] = text(name);
  const given = [
    ...settingNames.map((name) => [name, text(name)]),
    ...ENVIRONMENT_ONLY.map((name) => [name, env[name]?.trim()]),
  ];
  return {
    given: Object.fromEntries(given.filter(([, value]) => value)),
    host,
  };
}
