import type { StreamState } from './stream-state';

/** A tenant's log stream, as it is kept. */
export interface LogStreamRow {
  tenantId: string;
  /** Name of the tenant. */
  tenant: string;
  /** Counts the changes of the tenant. */
  tenantVersion: number;
  /** SHA-256 of the token that its posts carry, in hexadecimal. */
  tokenHash: string;
  state: StreamState;
}

/** Keeps the log streams. Implemented by the database alone. */
export interface LogStreamStore {
  list(): Promise<LogStreamRow[]>;
  /** @param tenant its name */
  find(tenant: string): Promise<LogStreamRow | undefined>;
  /**
   * Keeps the hash of a new token in place of the former one. What is known of the stream stays.
   *
   * @returns `false` where there is no such tenant
   */
  putToken(tenantId: string, tokenHash: string): Promise<boolean>;
  /**
   * Changes what is known of a stream, as one step, whoever else does so at once.
   *
   * @param change may be called several times, and changes nothing else
   * @returns what the last call returned; `undefined` where the tenant has no log stream
   */
  change<T extends { state: StreamState }>(
    tenantId: string,
    change: (before: StreamState) => T,
  ): Promise<T | undefined>;
}
