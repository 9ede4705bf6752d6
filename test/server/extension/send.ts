import { type IncomingHttpHeaders, request } from 'node:http';

/** A request, sent as it is: nothing in its path is tidied up, and no redirect is followed. */
export interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** What came back. */
export interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  /** `Set-Cookie` headers. */
  cookies: string[];
  body: string;
}

/** Sends a request to a server on this machine. */
export function send(
  origin: string,
  { method = 'GET', path = '/', headers = {}, body }: Sent,
): Promise<Received> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          cookies: response.headers['set-cookie'] ?? [],
          body: text,
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
