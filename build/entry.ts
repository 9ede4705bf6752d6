import { systemClock } from '../src/time/clock';
import { createWebtask, type Webtask } from '../src/webtask/create-webtask';

/** A process serves many requests before it is recycled; the page's half is put together once. */
let app: Promise<Webtask> | undefined;

async function makeApp(): Promise<Webtask> {
  const [{ createExtension }, { default: page }] = await Promise.all([
    import('../server/extension/create-extension'),
    import('inline:server/extension/page/main.tsx'),
  ]);
  return createExtension({ page, clock: systemClock, fetch: globalThis.fetch });
}

/** The extension as the platform loads it. Each half is evaluated when a request first asks for it. */
export default createWebtask({
  loadJob: async () => (await import('../src/webtask/run-webtask-job')).runWebtaskJob,
  loadApp: () => {
    app ??= makeApp();
    return app;
  },
});
