import { expect, test } from 'vitest';
import { openBrowserContext } from '../browser/chromium';
import { takePicture } from '../support/pictures';
import { renderSlackMessage } from '../support/render-slack-message';
import { slackSamples } from '../support/slack-samples';

test('each message is readable in a channel without scrolling sideways', async () => {
  const context = await openBrowserContext({ viewport: { width: 680, height: 100 }, deviceScaleFactor: 2 });
  const page = await context.newPage();
  for (const [name, message] of Object.entries(slackSamples)) {
    await page.setContent(renderSlackMessage(message));
    const tooWide: number = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect([name, tooWide]).toEqual([name, 0]);
    await takePicture(page, `slack-${name}`, { fullPage: true });
  }
});
