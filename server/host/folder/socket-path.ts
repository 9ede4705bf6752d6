import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** macOS takes 104 bytes for a socket's path with its final zero, Linux 108. */
const LONGEST_PATH = 103;

/**
 * Where the owner of a folder listens: in the folder itself, so that containers that share it see each other,
 * or, where that path is too long for a socket, in the machine's folder for temporary files.
 *
 * @param folder its path, without symbolic links
 */
export function socketPath(folder: string): string {
  const inside = join(folder, 'host.sock');
  if (Buffer.byteLength(inside) <= LONGEST_PATH) return inside;
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return join(tmpdir(), `auth0-logs-to-segment-${name}.sock`);
}
