import type { GeneratedUsers } from './generate-users';
import type { LogType } from './log-details';
import type { TenantLog } from './tenant-log';

/** Logs that exist as a formula: none is kept in memory. */
export interface GeneratedLogs {
  readonly count: number;
  /** Whom the logs name, but for the few that name nobody or somebody deleted. */
  readonly users: GeneratedUsers;
  at(index: number): TenantLog;
  typeAt(index: number): LogType;
  idAt(index: number): string;
  /** The `user_id` of the log at `index`: `''` or `undefined` where it names nobody. */
  userIdAt(index: number): string | undefined;
  /** Where the log with this id is, or `undefined` when it is none of these. */
  indexOf(id: string): number | undefined;
}
