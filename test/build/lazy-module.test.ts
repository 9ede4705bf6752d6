import { expect, test } from 'vitest';
import { lazyModule } from '../../build/lazy-module';

test('a module is evaluated when it is first asked for, and once', () => {
  const counted = globalThis as { evaluations?: number };
  const load = lazyModule<{ name: string }>(
    'globalThis.evaluations = (globalThis.evaluations ?? 0) + 1; exports.name = require("node:path").posix.sep;',
    'counted.js',
  );
  expect(counted.evaluations).toBeUndefined();
  expect([load().name, load()]).toEqual(['/', load()]);
  expect(counted.evaluations).toBe(1);
  delete counted.evaluations;
});

test('a module that replaces its exports is answered as that', () => {
  expect(lazyModule<number>('module.exports = 7;', 'seven.js')()).toBe(7);
});

test('a module that fails says so each time it is asked for, with its name', () => {
  const load = lazyModule('throw new Error("no");', 'broken.js');
  for (let time = 0; time < 2; time += 1) {
    expect(() => load()).toThrow(expect.objectContaining({ stack: expect.stringContaining('broken.js:1') }));
  }
});
