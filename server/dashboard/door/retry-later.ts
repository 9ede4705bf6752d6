import { HttpError } from '../../extension/http/http-error';

/** A refusal that passes by itself. */
export class RetryLater extends HttpError {
  /**
   * @param seconds until it is worth another try; the answer's `Retry-After`
   */
  constructor(
    status: 429 | 503,
    code: string,
    message: string,
    readonly seconds: number,
  ) {
    super(status, code, message);
  }
}
