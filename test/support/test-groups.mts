import { readdirSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Starts every process that tests need, the browser and PostgreSQL too. */
const PROCESS_MODULE = 'node:child_process';
/** Matches the path of a file that the build writes. */
const BUILT_FILE = /build\/(?:bundle\.js|out\b)/;
/** Matches an import of more than types and captures the module. */
const VALUE_IMPORT = /^(?:import|export)\s(?!type\b)[^;']*?'([^']+)'|\bimport\('([^']+)'\)/gm;

/** Returns the path from the root of a helper in `test/` that a relative import names. */
function findHelper(from: string, module: string): string | undefined {
  const path = posix.join(posix.dirname(from), module);
  if (!module.startsWith('.') || !path.startsWith('test/')) return undefined;
  return [path, `${path}.ts`, `${path}.tsx`].find((candidate) =>
    statSync(`${root}${candidate}`, { throwIfNoEntry: false })?.isFile(),
  );
}

/**
 * Returns the files of the unit tests and of the end-to-end tests. A test is an end-to-end test if it, or a helper in
 * `test/` that it imports, starts a process or names a built file.
 */
export function groupTests(): { unit: string[]; e2e: string[] } {
  const known = new Map<string, boolean>();
  const isE2e = (file: string): boolean => {
    const before = known.get(file);
    if (before !== undefined) return before;
    // Helpers may import each other.
    known.set(file, false);
    const text = readFileSync(`${root}${file}`, 'utf8');
    const modules = [...text.matchAll(VALUE_IMPORT)].map(([, fixed, lazy]) => fixed ?? lazy ?? '');
    const result =
      BUILT_FILE.test(text) ||
      modules.includes(PROCESS_MODULE) ||
      modules.flatMap((module) => findHelper(file, module) ?? []).some(isE2e);
    known.set(file, result);
    return result;
  };
  const files = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
    .map((path) => posix.join('test', path.replaceAll('\\', '/')))
    .filter((path) => /\.test\.tsx?$/.test(path) && !/\/node_modules\/|^test\/(?:proof|bench)\//.test(path));
  return { unit: files.filter((file) => !isE2e(file)), e2e: files.filter(isE2e) };
}
