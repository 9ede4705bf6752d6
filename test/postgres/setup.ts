import type { TestProject } from 'vitest/node';
import { startOnce } from '../support/start-once';
import { findNode22, installPgBoss, installPostgres } from './install';
import { startPostgres } from './start-postgres';

declare module 'vitest' {
  interface ProvidedContext {
    /** Returns the URL of the PostgreSQL that all tests share; see `askForShared`. */
    postgres: string;
  }
}

/**
 * Provides the PostgreSQL that all tests share: the one that TEST_DATABASE_URL names, or one from npm. An installation
 * that fails is reported to the tests that need it.
 *
 * @returns a function that ends it
 */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const named = process.env.TEST_DATABASE_URL;
  const installing = named && findNode22() ? Promise.resolve() : installPostgres();
  const installed = await installing.then(installPgBoss).then(
    () => undefined,
    (error: unknown) => error,
  );
  const { url, end } = await startOnce(async () => {
    if (installed !== undefined) throw installed;
    if (named) return { address: named, end: async () => {} };
    const postgres = await startPostgres();
    return { address: postgres.url, end: () => postgres.end() };
  });
  provide('postgres', url);
  return end;
}
