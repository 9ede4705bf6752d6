import { compileFunction } from 'node:vm';

/**
 * A module that is compiled and evaluated when it is first asked for. Until then Node only has to skip over a
 * text; a function, even one that is never called, it would have to parse.
 *
 * @param code CommonJS
 * @param filename by which stack traces name it
 * @returns a function that answers what the module exports
 */
export function lazyModule<T>(code: string, filename: string): () => T {
  let loaded: { exports: T } | undefined;
  return () => {
    if (!loaded) {
      const module = { exports: {} as T };
      // A host that loads the bundle may give it a console of its own.
      const evaluate = compileFunction(code, ['module', 'exports', 'require', 'console'], { filename });
      evaluate(module, module.exports, require, console);
      loaded = module;
    }
    return loaded.exports;
  };
}
