import appCode from 'code:build/app.ts';
import jobCode from 'code:src/webtask/run-webtask-job.ts';
import { createWebtask } from '../src/webtask/create-webtask';
import { lazyModule } from './lazy-module';

// A process serves many requests before it is recycled; each half is put together once.
const job = lazyModule<typeof import('../src/webtask/run-webtask-job')>(jobCode, 'job.js');
const app = lazyModule<typeof import('./app')>(appCode, 'app.js');

/** The extension as the platform loads it. Each half is loaded when a request first asks for it. */
export default createWebtask({
  loadJob: () => job().runWebtaskJob,
  loadApp: () => app().app,
});
