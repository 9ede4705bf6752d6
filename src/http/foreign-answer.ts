import { onOneLine } from '../redactor';
import type { BufferedResponse } from './request';

/** Statuses with which a proxy, a firewall or a peer's edge turns a request away. */
const BLOCKING = new Set([401, 403, 451]);
const MAX_HEADER_LENGTH = 60;

/** Returns true for a web page, which none of the peers' APIs sends. */
export const isPage = ({ headers, text }: Pick<BufferedResponse, 'headers' | 'text'>): boolean =>
  /^text\/html\b/i.test(headers.get('content-type') ?? '') || /^\s*</.test(text);

/** Returns true if an answer that is not the peer's own turns the request away, as a firewall does. */
export const isBlocking = ({ status }: Pick<BufferedResponse, 'status'>): boolean => BLOCKING.has(status);

/**
 * Returns a sentence that names what answered in a peer's place, by its `Server` header.
 *
 * @param peer such as `Auth0`
 */
export function describeForeignAnswer({ headers }: Pick<BufferedResponse, 'headers'>, peer: string): string {
  const server = onOneLine(headers.get('server') ?? '').slice(0, MAX_HEADER_LENGTH);
  return server === ''
    ? `The answer is not from ${peer}'s API.`
    : `The answer is not from ${peer}'s API but from a server that calls itself ${JSON.stringify(server)}.`;
}
