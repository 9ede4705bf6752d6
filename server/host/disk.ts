import { parseSettings } from '../../src/settings';
import { escapeMrkdwn } from '../../src/slack/mrkdwn';
import { sendToSlack } from '../../src/slack/reporter';
import { errorCode, HostError } from '../errors';

const ROOM = 'Free space there, or raise the limit';

/** What keeps a disk from taking anything more, and the remedy, by the code of the system. */
const TROUBLES: Readonly<Record<string, readonly [cause: string, remedy: string]>> = {
  ENOSPC: ['its disk is full', ROOM],
  EDQUOT: ['its disk is full to the quota of this user', ROOM],
  EFBIG: ['a file there has reached the largest size that is allowed', ROOM],
  EROFS: ['its disk can only be read', 'Mount it so that it can be written'],
};

/** A disk that takes nothing more. It may be mended while the host runs, which then continues by itself. */
export class DiskError extends HostError {
  /** The cause alone, for those who may not know where the folder is. */
  readonly reason: string;

  constructor(folder: string, cause: string, remedy: string, error: unknown) {
    const reason = `${cause} (${errorCode(error)})`;
    super(
      `Nothing can be stored in ${folder}: ${reason}. ${remedy}; the next run resumes from its checkpoint.`,
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

/** Knows whether what the host keeps can be written. */
export interface DiskWatch {
  /**
   * Notes what became of a write.
   *
   * @param path of the file
   * @param probe tries whether as much can be written by now; throws a {@link DiskError} where not
   * @param error what the write failed with, if it did
   */
  note(path: string, probe: () => Promise<void>, error?: unknown): void;
  /**
   * Why writing fails; tries again first what has failed before.
   *
   * @returns `undefined` where all can be written
   */
  trouble(): Promise<DiskError | undefined>;
}

/**
 * Watches the writes of a host.
 *
 * @param onOutage told once when writing begins to fail, and not again until it has worked
 */
export function watchDisk(onOutage: (trouble: DiskError) => void): DiskWatch {
  const probes = new Map<string, () => Promise<void>>();
  return {
    note: (path, probe, error) => {
      if (error === undefined) probes.delete(path);
      if (!(error instanceof DiskError)) return;
      const isNew = probes.size === 0;
      probes.set(path, probe);
      if (isNew) onOutage(error);
    },
    trouble: async () => {
      for (const [path, probe] of probes) {
        try {
          await probe();
          if (probes.get(path) === probe) probes.delete(path);
        } catch (error) {
          if (error instanceof DiskError) return error;
          throw error;
        }
      }
      return undefined;
    },
  };
}

const LONGEST_SEND_MS = 5_000;

/**
 * Tells Slack that the host cannot work at all: no run is left that would say so in its own report.
 *
 * @param message cause and remedy, without a secret
 * @param secrets the settings, as a run finds them
 * @returns a warning in words where Slack did not take it
 */
export async function reportOutage(
  message: string,
  secrets: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const { webhook } = parseSettings((name) => secrets[name]).slack;
  if (!webhook) return undefined;
  return sendToSlack(
    { webhook, fetch: globalThis.fetch, timeoutMs: LONGEST_SEND_MS },
    { text: `:red_circle: *Auth0 Logs to Segment: nothing can be exported*\n${escapeMrkdwn(message)}` },
  );
}
