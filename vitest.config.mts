import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
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
