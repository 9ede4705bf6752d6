import { defineConfig } from 'vitest/config';

/** Proofs that take minutes: kills, outages, a million logs. Two at a time, because most of them wait for leases. */
export default defineConfig({
  test: {
    globalSetup: ['test/postgres/setup.ts'],
    include: ['test/proof/**/*.test.ts'],
    maxWorkers: 2,
  },
});
