import { DiskError } from './disk-error';

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
