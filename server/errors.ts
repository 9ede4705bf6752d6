import { inspect } from 'node:util';
import { ExportError } from '../src/errors';
import { createRedactor } from '../src/redactor';

/** How a process ends that could not do what it was asked: sysexits' EX_CONFIG for what only a person can mend. */
type ExitCode = 1 | 78;

/** Whatever went wrong between executions, as a line of the output says it. */
export const troubleInWords = (error: unknown): string =>
  error instanceof HostError ? error.message : String(error);

/** The same of what was asked of Auth0 or Segment outside a run: a failure that the export knows says itself what to do. */
export const failureInWords = (error: unknown): string =>
  error instanceof ExportError ? error.message : troubleInWords(error);

/** Knows no secret of any tenant: what looks like one is taken out all the same. */
const ofNobody = createRedactor([]);

/**
 * An error that nobody foresaw, with its stack, as it may stand in the output of the process: drivers and peers put
 * addresses with credentials, tokens and control characters into theirs.
 */
export const describeFault = (error: unknown): string => ofNobody.text(inspect(error));

/** Something that keeps the host from working, in a sentence with cause, value and remedy. */
export class HostError extends Error {
  override readonly name = 'HostError';

  /**
   * @param message shown to whoever started the host; must not hold a secret
   * @param exitCode 78 where fix the configuration first, 1 where trying again may help
   */
  constructor(
    message: string,
    readonly exitCode: ExitCode = 1,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** The code that Node gives a system error, such as `ENOENT`; empty where there is none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
