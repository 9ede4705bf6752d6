import type { IncomingMessage } from 'node:http';
import { mountPath } from '../host/webtask/mount';

/**
 * The base URL of the extension's own page, as the browser that sent a request sees it.
 *
 * @param request its Host header has been checked
 */
export function extensionUrl({ headers }: IncomingMessage, publicUrl: string | undefined): string {
  return `${publicUrl ?? `http://${headers.host ?? 'localhost'}`}${mountPath}`;
}
