import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Registers a function that is called when a test, or all of a file, has ended. */
export type OnEnd = (end: () => Promise<void>) => void;

/**
 * A folder that is removed when the test ends.
 *
 * @param onEnd of the test's own context, where tests run side by side
 */
export async function temporaryFolder(onEnd: OnEnd = onTestFinished): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'logs-to-segment-')));
  onEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
