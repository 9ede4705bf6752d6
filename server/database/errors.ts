import { HostError } from '../errors';

/** A database that cannot be used now. It may be mended while the host runs, which then continues by itself. */
export class DatabaseError extends HostError {
  /** The cause alone, for those who may not know where the file is. */
  readonly reason: string;

  /**
   * @param path of the database
   * @param cause why it cannot be used, without its path
   * @param remedy one, as a sentence without its full stop
   */
  constructor(path: string, cause: string, remedy: string, exitCode: 1 | 78, error: unknown) {
    super(`The database ${path} cannot be used: ${cause}. ${remedy}.`, exitCode, error);
    this.reason = `The database cannot be used: ${cause}.`;
  }
}
