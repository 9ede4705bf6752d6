import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A post that a log stream made. */
export interface SinkPost {
  headers: Readonly<Record<string, unknown>>;
  body: string;
}

/** Something that a log stream posts to. */
export interface Sink {
  url: string;
  posts: SinkPost[];
  /** What it answers: by the number of the post, counted from 1; `hang`: nothing. */
  answer: (post: number) => number | 'hang';
}

/** Starts a server that keeps what is posted to it, and is closed when the test ends. */
export async function openSink(answer: Sink['answer'] = () => 204): Promise<Sink> {
  const sink: Sink = { url: '', posts: [], answer };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      sink.posts.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      const status = sink.answer(sink.posts.length);
      if (status !== 'hang') response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  sink.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/log-streams/acme`;
  return sink;
}
