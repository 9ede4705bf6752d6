import { createWebtask } from '../src/webtask/create-webtask';

/** The extension as the platform loads it. Each half is evaluated when a request first asks for it. */
export default createWebtask({
  loadJob: async () => (await import('../src/webtask/run-webtask-job')).runWebtaskJob,
  loadApp: async () => (await import('./app')).app,
});
