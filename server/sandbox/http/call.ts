import type { IncomingHttpHeaders } from 'node:http';

/** A request whose body has arrived in full. */
export interface Call {
  method: string;
  /** As it stood in the request line: path and query, still encoded. */
  url: string;
  /** Encoded path without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
}
