import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import type { Webtask } from '../../../src/webtask/create-webtask';
import { errorCode } from '../folder/error-code';
import { HostError } from '../host-error';

/** What the bundle may log with. */
export type BundleConsole = Pick<Console, 'log' | 'info' | 'warn' | 'error' | 'debug'>;

/**
 * Loads the bundle as the platform does: one CommonJS file whose export takes `(context, req, res)`.
 *
 * @param path of the bundle
 * @param console what the bundle logs to
 * @throws {HostError} when there is none, or it exports something else
 */
export async function loadWebtask(path: string, console: BundleConsole): Promise<Webtask> {
  const source = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new HostError(
      `The extension's bundle ${path} cannot be read (${errorCode(error) || String(error)}). Build it with: npm run build`,
      78,
      error,
    );
  });
  const module: { exports: unknown } = { exports: {} };
  compileFunction(source, ['module', 'exports', 'require', 'console'], { filename: path })(
    module,
    module.exports,
    createRequire(path),
    console,
  );
  if (typeof module.exports !== 'function' || module.exports.length !== 3) {
    throw new HostError(`${path} is no webtask: it must export a function of three parameters.`, 78);
  }
  return module.exports as Webtask;
}
