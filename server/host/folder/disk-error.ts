import { HostError } from '../host-error';
import { errorCode } from './error-code';

const ROOM = 'Free space there, or raise the limit';

/** What keeps a disk from taking anything more, and the remedy, by the code of the system. */
const TROUBLES: Readonly<Record<string, readonly [cause: string, remedy: string]>> = {
  ENOSPC: ['its disk is full', ROOM],
  EDQUOT: ['its disk is full to the quota of this user', ROOM],
  EFBIG: ['a file there has reached the largest size that is allowed', ROOM],
  EROFS: ['its disk can only be read', 'Mount it so that it can be written'],
};

/** A disk that takes nothing more. It may be mended while the host runs, which then goes on by itself. */
export class DiskError extends HostError {
  /** The cause alone, for those who may not know where the folder is. */
  readonly reason: string;

  constructor(folder: string, cause: string, remedy: string, error: unknown) {
    const reason = `${cause} (${errorCode(error)})`;
    super(
      `Nothing can be stored in ${folder}: ${reason}. ${remedy}; the next run goes on from the checkpoint.`,
      1,
      error,
    );
    this.reason = `Nothing can be stored: ${reason}.`;
  }
}

/**
 * Puts a failed write into words, where the disk is to blame.
 *
 * @param folder that was written to
 * @returns any other error as it is
 */
export function diskError(error: unknown, folder: string): unknown {
  const [cause, remedy] = TROUBLES[errorCode(error)] ?? [];
  return cause && remedy ? new DiskError(folder, cause, remedy, error) : error;
}
