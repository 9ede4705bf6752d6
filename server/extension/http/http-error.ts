/** A refusal: what the client is told, and nothing else. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  /**
   * @param status 4xx or 5xx
   * @param code stable name, the answer's `error`
   * @param message cause and remedy in words; must hold no secret and nothing of a token
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
