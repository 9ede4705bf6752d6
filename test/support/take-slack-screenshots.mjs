// Takes the pictures of the Slack messages in docs/screenshots: node test/support/take-slack-screenshots.mjs
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { outputFiles } = await build({
  stdin: {
    contents: `export { slackSamples } from './slack-samples'; export { renderSlackMessage } from './render-slack-message';`,
    resolveDir: here('.'),
    loader: 'ts',
  },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
});
const code = Buffer.from(outputFiles[0].contents).toString('base64');
const { slackSamples, renderSlackMessage } = await import(`data:text/javascript;base64,${code}`);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-background-networking'],
});
try {
  const page = await browser.newPage({ viewport: { width: 680, height: 100 }, deviceScaleFactor: 2 });
  await mkdir(here('../../docs/screenshots'), { recursive: true });
  for (const [name, message] of Object.entries(slackSamples)) {
    await page.setContent(renderSlackMessage(message));
    await page.screenshot({ path: here(`../../docs/screenshots/slack-${name}.png`), fullPage: true });
  }
} finally {
  await browser.close();
}
