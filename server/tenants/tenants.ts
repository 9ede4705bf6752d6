import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import type { DiskWatch } from '../host/disk';
import { openJsonFile } from '../host/json-file';
import { manifest, mountPath } from '../manifest';

/** The job as the platform's cron view describes it. */
const job = v.object({
  name: v.string(),
  state: v.picklist(['active', 'inactive']),
  /** Six fields, seconds first. */
  schedule: v.string(),
  /** IANA time zone. */
  tz: v.string(),
  /** ISO 8601; `null` while it is inactive. */
  next_available_at: v.nullable(v.string()),
});

/** What this host knows of the extension: kept in one file, so that no change is ever half made. */
const installation = v.object({
  /** The webtask's own token, which triggers its runs. */
  token: v.string(),
  /** What the platform calls EXTENSION_SECRET: signs the sessions of the extension's page. */
  extensionSecret: v.string(),
  /** `null` after it was uninstalled. */
  installed: v.nullable(
    v.object({
      /** ISO 8601. */
      at: v.string(),
      /** Settings as they were entered, all of them strings; those set by environment or configuration file are not among them. */
      settings: v.record(v.string(), v.string()),
      job,
    }),
  ),
});

type Installation = v.InferOutput<typeof installation>;
export type Installed = NonNullable<Installation['installed']>;
export type Job = v.InferOutput<typeof job>;

/**
 * What installing the extension leaves, with a job that is due at once.
 *
 * @param settings as they were entered
 * @param now milliseconds since 1970
 */
export function firstInstallation(
  settings: Record<string, string>,
  { schedule = manifest.schedule, timeZone }: { schedule?: string | undefined; timeZone: string },
  now: number,
): Installed {
  const at = new Date(now).toISOString();
  return {
    at,
    settings,
    job: { name: manifest.name, state: 'active', schedule, tz: timeZone, next_available_at: at },
  };
}

/** The stored installation. */
export interface InstallationStore {
  /** As it is on disk. */
  readonly current: Installation;
  /** Whether there was none when it was opened. */
  readonly isNew: boolean;
  /**
   * Changes what is installed. Changes are made one after the other, each to what the one before has left.
   *
   * @param change `undefined` leaves everything as it is
   * @throws what `change` throws, and when it cannot be written; nothing is changed then
   */
  update(change: (installed: Installed | null) => Installed | null | undefined): Promise<Installed | null>;
}

const secret = () => randomBytes(32).toString('base64url');

/**
 * Opens the installation of a folder that belongs to this process.
 *
 * @param disk told what becomes of each write
 * @throws {HostError} when the file is damaged
 */
export async function openInstallation(folder: string, disk?: DiskWatch): Promise<InstallationStore> {
  const file = await openJsonFile(
    join(folder, 'extension.json'),
    (data) => v.parse(installation, data),
    'It holds the settings and the job: put back a copy of it, or move it away and install the extension anew. The checkpoint is in another file and is kept.',
    disk,
  );
  let current: Installation = file.opened ?? {
    token: secret(),
    extensionSecret: secret(),
    installed: null,
  };
  let queue: Promise<unknown> = Promise.resolve();
  return {
    isNew: file.opened === undefined,
    get current() {
      return current;
    },
    update: (change) => {
      const done = queue.then(async () => {
        const installed = change(current.installed);
        if (installed === undefined) return current.installed;
        const next = { ...current, installed };
        await file.write(next);
        current = next;
        return installed;
      });
      queue = done.catch(() => {});
      return done;
    },
  };
}

/** A run of the host's own may take this long; nothing cuts it here, but the next is due in five minutes. */
const RUN_SECONDS = '240';

/**
 * The client secret for a domain: a secret meets no other domain than the one that it came with, whoever has
 * changed that one since.
 *
 * @returns empty where there is none for it
 */
function clientSecretFor(
  domain: string,
  saved: Readonly<Record<string, string>>,
  overrides: Readonly<Record<string, string>>,
): string {
  if (overrides.AUTH0_CLIENT_SECRET !== undefined) {
    return overrides.AUTH0_DOMAIN === undefined ? '' : overrides.AUTH0_CLIENT_SECRET;
  }
  // Before the domain was saved with it, a secret was entered for the domain that is set by environment or configuration file.
  const { AUTH0_CLIENT_SECRET = '', AUTH0_DOMAIN = domain } = saved;
  return AUTH0_DOMAIN.toLowerCase() === domain.toLowerCase() ? AUTH0_CLIENT_SECRET : '';
}

/**
 * What the webtask finds in `context.secrets`: what the platform passes at installation, and every setting
 * as a string. What is set by environment or configuration file goes before what was saved, that before the manifest's defaults.
 *
 * @param overrides settings from arguments, environment and config.json
 * @param baseUrl of the extension's page, without a slash at its end
 */
export function toSecrets(
  { extensionSecret, installed }: Installation,
  overrides: Readonly<Record<string, string>>,
  baseUrl: string,
): Record<string, string> {
  const defaults = Object.entries(manifest.secrets).map(([name, setting]) => [name, setting.default ?? '']);
  const saved = installed?.settings ?? {};
  const domain = overrides.AUTH0_DOMAIN ?? saved.AUTH0_DOMAIN ?? '';
  return {
    ...Object.fromEntries(defaults),
    MAX_RUN_SECONDS: RUN_SECONDS,
    AUTH0_RTA: 'auth0.auth0.com',
    // The Dashboard that leads to the page is this host's own.
    AUTH0_MANAGE_URL: baseUrl.slice(0, Math.max(0, baseUrl.lastIndexOf(mountPath))),
    ...saved,
    ...overrides,
    AUTH0_DOMAIN: domain,
    AUTH0_CLIENT_SECRET: clientSecretFor(domain, saved, overrides),
    EXTENSION_SECRET: extensionSecret,
    WT_URL: baseUrl,
    PUBLIC_WT_URL: baseUrl,
  };
}
