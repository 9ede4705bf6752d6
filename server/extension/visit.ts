import type { Redactor } from '../../src/redaction/create-redactor';
import type { WebtaskContext, WebtaskRequest } from '../../src/webtask/webtask-context';
import type { Installation } from './installation/installation';

/** One request, with what its webtask was called with. */
export interface Visit {
  context: WebtaskContext;
  /** As the platform handed it on, its body perhaps read already. */
  request: WebtaskRequest;
  redactor: Redactor;
  /**
   * What the platform passed at installation.
   *
   * @throws {HttpError} `not_installed` or `invalid_host`; not before it is asked for
   */
  readonly installation: Installation;
}
