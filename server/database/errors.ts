import { HostError } from '../errors';

/** A database that cannot be used now. It may be mended while the host runs, which then continues by itself. */
export class DatabaseError extends HostError {
  /** The cause alone, for those who may know neither where the database is nor who uses it: health is for anybody. */
  readonly reason: string;

  /**
   * @param path of the database
   * @param cause why it cannot be used, without its path
   * @param remedy one, as a sentence without its full stop
   * @param causeForAnybody where the cause names more than anybody may know
   */
  constructor(
    path: string,
    cause: string,
    remedy: string,
    exitCode: 1 | 78,
    error: unknown,
    causeForAnybody: string = cause,
  ) {
    super(`The database ${path} cannot be used: ${cause}. ${remedy}.`, exitCode, error);
    this.reason = `The database cannot be used: ${causeForAnybody}.`;
  }
}
