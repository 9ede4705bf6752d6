import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { inlinePageForVitest } from './build/inline-page.mjs';

export default defineConfig({
  plugins: [inlinePageForVitest(fileURLToPath(new URL('.', import.meta.url)))],
  test: {
    // Files share the modules of their worker: loading them took longer than running most tests.
    isolate: false,
    // Tests that run side by side in a file wait for servers, not for the processor.
    maxConcurrency: 16,
    maxWorkers: '100%',
    // Limits for what never ends, not measures: a busy machine may be many times slower.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    globalSetup: ['test/browser/chromium.ts', 'test/postgres/setup.ts'],
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: [...configDefaults.exclude, 'test/proof/**', 'test/bench/**'],
    coverage: {
      provider: 'v8',
      include: ['src/**', 'server/**'],
      reporter: ['text-summary', 'text'],
    },
  },
});
