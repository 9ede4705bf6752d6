import { findNode22 } from '../postgres/install';

/**
 * A Node that pg-boss runs in, 22.12 or later.
 *
 * @returns its path
 * @throws {Error} where neither the machine nor npm has one
 */
export function node22(): string {
  const node = findNode22();
  if (node) return node;
  throw new Error(
    `Tests of many machines need Node 22.12 or later; this is ${process.versions.node}, and npm has none for ${process.platform} on ${process.arch}. Run the tests in a newer Node.`,
  );
}
