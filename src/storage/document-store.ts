/** Thrown by `write` when somebody else has written since the last `read`. */
export class StorageConflict extends Error {
  override readonly name = 'StorageConflict';
}

/** A place for one JSON document, in which a write is refused when it would undo another's. */
export interface DocumentStore {
  /** The document, or `undefined` where there is none yet. */
  read(): Promise<unknown>;
  /**
   * Replaces the document.
   *
   * @throws {StorageConflict} when it has changed since this store last read or wrote it
   */
  write(document: object): Promise<void>;
}
