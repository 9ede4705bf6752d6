import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Number of a user without rights of its own on Linux and macOS. */
const ORDINARY_USER = 65_534;

/**
 * Runs work as a user that file modes apply to. Root changes to another user meanwhile; any other user does the work
 * itself.
 *
 * @param folder becomes that user's, with what is in it
 */
export async function asOrdinaryUser<T>(folder: string, work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  for (const path of ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    chownSync(join(folder, path), ORDINARY_USER, ORDINARY_USER);
  }
  process.seteuid?.(ORDINARY_USER);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
