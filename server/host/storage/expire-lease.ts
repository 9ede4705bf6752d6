import { CLOCKS_DIFFER_MS } from '../../../src/storage/lease';
import type { Storage } from './create-storage';

/**
 * Ends the lease that a killed run has left. The folder belongs to this process alone, so nobody can be
 * running; waiting for the lease to expire would cost a run, and watching it time. The lease itself stays: from it the next run
 * leaves the record of the one that was cut off.
 */
export async function expireLease(storage: Storage, now: number): Promise<void> {
  const document = storage.document();
  if (typeof document !== 'object' || document === null || !('lease' in document)) return;
  const { lease } = document;
  if (typeof lease !== 'object' || lease === null) return;
  const expiresAt = new Date(now - CLOCKS_DIFFER_MS).toISOString();
  await new Promise<void>((resolve, reject) => {
    storage
      .handle()
      .set({ ...document, lease: { ...lease, expiresAt } }, {}, (error) =>
        error ? reject(error) : resolve(),
      );
  });
}
