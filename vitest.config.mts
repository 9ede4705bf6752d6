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
    testTimeout: 30_000,
    // The first who asks for PostgreSQL waits for its start.
    hookTimeout: 60_000,
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
