import type { IncomingMessage } from 'node:http';
import type { WebtaskStorage } from '../storage/webtask-store';

/** What the platform passes to a webtask, as far as it is used here. */
export interface WebtaskContext {
  secrets?: Record<string, unknown>;
  params?: Record<string, unknown>;
  headers?: Record<string, unknown>;
  /** Parsed where the platform parses bodies; the request's stream is then consumed already. */
  body?: unknown;
  /** Text of the body, where the platform has read it. */
  body_raw?: unknown;
  storage: WebtaskStorage;
  /** The webtask's own token, which only the platform and this webtask know. */
  token?: unknown;
  /** Fires when the host is about to stop; only hosts other than the platform say so. */
  stop?: AbortSignal;
}

/** A request as the platform hands it on. */
export type WebtaskRequest = IncomingMessage & {
  body?: unknown;
  /** Text of the body, where the local runtime has read it. */
  raw_body?: unknown;
  /** Where the webtask is mounted. */
  x_wt?: { container?: string; jtn?: string; url_format?: number };
};
