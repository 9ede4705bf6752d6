import { HttpError } from '../../extension/http/http-error';
import type { Host } from '../../host/host';
import type { Installed } from '../../host/installation/installation';

/**
 * What is installed.
 *
 * @throws {HttpError} 409 `not_installed`
 */
export function needInstalled({ installed }: Pick<Host, 'installed'>): Installed {
  if (installed) return installed;
  throw new HttpError(409, 'not_installed', 'The extension is not installed. Install it first.');
}
