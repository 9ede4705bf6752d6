import { defineConfig } from 'vitest/config';

/** Proofs that take minutes: kills, a million logs. One after the other, so that each has the machine. */
export default defineConfig({
  test: {
    globalSetup: ['test/postgres/setup.ts'],
    include: ['test/proof/**/*.test.ts'],
    fileParallelism: false,
  },
});
