import { openDocumentRunStore } from '../../src/storage/document-store';
import type { RunRecord, RunState } from '../../src/storage/run-state';
import type { RunStore } from '../../src/storage/run-store';
import type { Clock } from '../../src/time';

/** The platform's document as it is stored. */
export type StoredDocument = RunState & { logs: RunRecord[]; logsDroppedUntil?: string };

/** A store that begins with a document, and keeps what is written in memory. */
export function storeOf(stored: object, clock: Clock): RunStore {
  let document = stored;
  const open = openDocumentRunStore(
    {
      read: async () => document,
      write: async (written) => {
        document = written;
      },
    },
    clock,
  );
  return open({ remaining: () => 20_000 });
}
