import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { findNode22, installPostgres } from './install';
import { type Postgres, startPostgres } from './start-postgres';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers with the URL of the PostgreSQL that all tests share, which it starts for the first who asks. */
    postgres: string;
  }
}

/**
 * Sees to it that tests that ask for it find a PostgreSQL: the one that TEST_DATABASE_URL names, or one that the first
 * of them starts. Others do not wait for it.
 *
 * @returns what ends it
 */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const named = process.env.TEST_DATABASE_URL;
  let failure: unknown;
  if (!named || !findNode22()) {
    // Told to those who ask: the others can do without.
    await installPostgres().catch((error: unknown) => {
      failure = error;
    });
  }
  let started: Promise<Postgres> | undefined;
  const url = async (): Promise<string> => {
    if (named) return named;
    if (failure) throw failure;
    started ??= startPostgres();
    return (await started).url;
  };
  const server = createServer((_request, response) => {
    url().then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  provide('postgres', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    await started?.then(
      (postgres) => postgres.end(),
      () => {},
    );
  };
}
