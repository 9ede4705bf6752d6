import { createWebtask } from '../src/webtask';

/** The extension as the platform loads it. Each half is evaluated when a request first asks for it. */
export default createWebtask({
  loadJob: async () => (await import('../src/webtask-job')).runWebtaskJob,
  loadApp: async () => (await import('./app')).app,
});
