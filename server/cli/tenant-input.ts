import { resolve } from 'node:path';
import { HostError } from '../errors';
import { manifest } from '../manifest';
import type { TenantInput } from '../tenants/registry';
import { isReference, readReference, secretSettings } from '../tenants/secret-reference';
import type { HostSetup } from './host-options';

/** Options of the host that `tenants` works with; all others that are typed are settings of the tenant. */
const HOST_OPTIONS: readonly string[] = [
  'DATA_DIR',
  'DATABASE_URL',
  'DATABASE_URL_FILE',
  'TENANTS_FILE',
  'ENCRYPTION_KEY',
  'ENCRYPTION_KEY_FILE',
];

/**
 * Divides what was typed into options of the host and settings of the tenant that `tenants add|set` is about: what is
 * meant for that tenant is none of the environment's.
 *
 * @param flags by the names of the options
 */
export function divideFlags(flags: Readonly<Record<string, string>>): {
  host: Record<string, string>;
  tenant: Record<string, string>;
} {
  const isHosts = ([name]: [string, string]) => HOST_OPTIONS.includes(name);
  const entries = Object.entries(flags);
  return {
    host: Object.fromEntries(entries.filter(isHosts)),
    tenant: Object.fromEntries(entries.filter((entry) => !isHosts(entry))),
  };
}

/** A setting's value as it is kept: the host may have another working directory than whoever types. */
const withFullPath = (value: string) =>
  value.startsWith('file:') && value.length > 'file:'.length
    ? `file:${resolve(value.slice('file:'.length))}`
    : value;

/** What others have to say before what was typed is done. */
async function warnings(
  name: string,
  typed: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, string>>,
): Promise<string[]> {
  const exposed = secretSettings.filter((setting) => {
    const value = typed[setting]?.trim() ?? '';
    return value !== '' && value !== '-' && !isReference(value);
  });
  const unread = await Promise.all(
    secretSettings.map(async (setting) => {
      const value = settings[setting] ?? '';
      if (!value.startsWith('file:')) return '';
      // The host may run as another user, or get the file later.
      return readReference({ tenant: name, setting }, value, {}).then(
        () => '',
        (error: unknown) => (error instanceof HostError ? error.message : String(error)),
      );
    }),
  );
  return [
    ...(exposed.length > 0
      ? [
          `${exposed.join(', ')} on the command line can be read by every user of this machine in its list of processes. Write - instead, and enter it when asked or on standard input.`,
        ]
      : []),
    ...unread.filter((sentence) => sentence !== ''),
  ];
}

/** What was typed of a tenant. */
export interface TypedTenant {
  setup: Pick<HostSetup, 'timeZone'>;
  /** Settings of the tenant, as they were typed. */
  typed: Readonly<Record<string, string>>;
  /** IANA name, where it was typed. */
  timeZone: string | undefined;
  warn: (sentence: string) => void;
  /** Reads the secrets of these names, which stand in no argument. */
  secrets: (names: readonly string[]) => Promise<Record<string, string>>;
}

/**
 * Reads what was typed for a tenant, with the secrets that are to be read.
 *
 * @param name of the tenant, for sentences
 * @throws {HostError} naming a secret that did not come
 */
export async function readTenantInput(name: string, options: TypedTenant): Promise<TenantInput> {
  const { typed, timeZone, setup } = options;
  const { SCHEDULE: schedule, ...settings } = typed;
  const asked = Object.keys(settings).filter(
    (setting) => secretSettings.includes(setting) && settings[setting]?.trim() === '-',
  );
  const entered = Object.fromEntries(
    Object.entries({ ...settings, ...(await options.secrets(asked)) }).map(([setting, value]) => [
      setting,
      secretSettings.includes(setting) ? withFullPath(value.trim()) : value,
    ]),
  );
  for (const sentence of await warnings(name, typed, entered)) options.warn(sentence);
  return {
    ...(Object.keys(entered).length > 0 && { settings: entered }),
    ...(schedule !== undefined && { schedule: schedule.trim() || manifest.schedule }),
    ...(timeZone !== undefined && { timeZone: timeZone.trim() || setup.timeZone }),
  };
}
