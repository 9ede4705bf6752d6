import type { Database } from '../../../server/database/database';
import type { HistoryLimits } from '../../../server/database/history-limits';

/** An empty database of a test's own, at noon. */
export interface Place {
  /** The folder or URL by which a process of its own finds it. */
  readonly address: string;
  /** Opens it as another process does, until the test ends. */
  open(): Promise<Database>;
  /** The rows of statements without parameters. */
  exec(sql: string): Promise<unknown[]>;
  /** Prunes its histories to other limits than the product's. */
  prune(limits: HistoryLimits): Promise<number>;
}

/** Makes one of a kind. */
export type OpenPlace = () => Promise<Place>;
