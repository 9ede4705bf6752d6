import { HttpError } from '../../extension/http/http-error';

/** Settings that cannot be saved as they were entered. */
export class InvalidSettings extends HttpError {
  /**
   * @param problems sentences by the names of the settings
   */
  constructor(readonly problems: Readonly<Record<string, string>>) {
    super(422, 'invalid_settings', Object.values(problems).join(' '));
  }
}
