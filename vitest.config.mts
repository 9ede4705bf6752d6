import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { inlinePageForVitest } from './build/inline-page.mjs';
import { groupTests } from './test/support/test-groups.mjs';

/** `vitest run` runs all tests; `--mode unit` and `--mode e2e` run one group. */
export default defineConfig(({ mode }) => {
  const { unit, e2e } = groupTests();
  return {
    plugins: [inlinePageForVitest(fileURLToPath(new URL('.', import.meta.url)))],
    test: {
      // Files share the modules of their worker: loading them took longer than running most tests.
      isolate: false,
      // Tests wait for servers more than for the processor.
      maxConcurrency: 16,
      maxWorkers: 2 * availableParallelism(),
      // The one limit for every wait: a busy machine is slower than any estimate.
      testTimeout: 120_000,
      hookTimeout: 120_000,
      expect: { poll: { timeout: 110_000, interval: 20 } },
      globalSetup: mode === 'unit' ? [] : ['test/browser/chromium.ts', 'test/postgres/setup.ts'],
      include: [...(mode === 'e2e' ? [] : unit), ...(mode === 'unit' ? [] : e2e)],
      reporters: ['default', './test/support/slowest-files.ts'],
      coverage: {
        provider: 'v8',
        include: ['src/**', 'server/**'],
        reporter: ['text-summary', 'text'],
      },
    },
  };
});
