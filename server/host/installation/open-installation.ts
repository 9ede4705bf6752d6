import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { openJsonFile } from '../folder/open-json-file';
import type { DiskWatch } from '../folder/watch-disk';
import { type Installation, type Installed, installation } from './installation';

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
