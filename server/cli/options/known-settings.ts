import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkFolder } from '../../host/folder/check-folder';
import { openInstallation } from '../../host/installation/open-installation';
import { toSecrets } from '../../host/installation/to-secrets';

/**
 * The settings as a run would find them, without taking the folder: those given from outside, and those
 * saved in the Dashboard.
 *
 * @throws {HostError} when the saved ones are damaged, or others may write them
 */
export async function knownSettings(
  dataDir: string,
  given: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  if (!existsSync(join(dataDir, 'extension.json'))) return { ...given };
  const { current } = await openInstallation(await checkFolder(dataDir));
  return toSecrets(current, given, '');
}
