import type { SandboxSetup } from './processes/sandbox';

/** What a sandbox is started with, where a measurement asks for nothing else. */
export const workload: SandboxSetup = {
  logs: 20_000,
  users: 4_000,
  selectedShare: 0.6,
  latencyMs: 30,
  plan: 'unlimited',
  compress: true,
};
