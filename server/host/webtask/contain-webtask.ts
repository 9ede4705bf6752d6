import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { format } from 'node:util';
import type { WebtaskContext } from '../../../src/webtask/webtask-context';
import { callWebtask, type WebtaskAnswer, type WebtaskCall } from './call-webtask';
import { loadWebtask } from './load-webtask';
import { mount } from './mount';

/** The webtask, with what it logs told apart by the execution that it belongs to. */
export interface ContainedWebtask {
  /**
   * Sends it a request of the host's own.
   *
   * @param execution on whose behalf; what is logged meanwhile belongs to it
   */
  call(context: WebtaskContext, call: WebtaskCall, execution?: number): Promise<WebtaskAnswer>;
  /** Hands somebody's request on to it. */
  serve(context: WebtaskContext, request: IncomingMessage, response: ServerResponse): void;
}

/**
 * Loads the webtask.
 *
 * @param bundle path of the built bundle
 * @param onLine told each line that it logs, and of which execution; 0 where it belongs to none
 * @throws {HostError} when there is no bundle, or it is no webtask
 */
export async function containWebtask(
  bundle: string,
  onLine: (execution: number, line: string) => void,
): Promise<ContainedWebtask> {
  const current = new AsyncLocalStorage<number>();
  const log = (...parts: unknown[]) => onLine(current.getStore() ?? 0, format(...parts));
  const webtask = await loadWebtask(bundle, { log, info: log, warn: log, error: log, debug: log });
  return {
    call: (context, call, execution = 0) =>
      current.run(execution, () => callWebtask(webtask, context, call, mount)),
    serve: (context, request, response) => {
      webtask(context, Object.assign(request, { x_wt: mount }), response);
    },
  };
}
