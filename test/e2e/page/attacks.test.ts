import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { exampleState } from './example-state';
import { openPage } from './open-page';

const MARKUP = '"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script></script></style>{{1}}';

/** Serves a page of somebody else's; answers its address, on another site than the extension's. */
async function openForeignPage(html: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

describe('the page of the extension', () => {
  test('shows markup in names, messages, reasons and checkpoints as text', async () => {
    const state = exampleState({ now: Date.now(), runs: 4, last: 'failed' }) as {
      logs: Record<string, unknown>[];
    };
    for (const log of state.logs) {
      Object.assign(log, {
        checkpoint: MARKUP,
        startCheckpoint: MARKUP,
        warning: MARKUP,
        rejected: [{ logId: MARKUP, call: 'track', reason: MARKUP }],
        events: { [MARKUP]: 3 },
        requests: { [MARKUP]: 4 },
      });
    }
    Object.assign(state.logs.at(-1) ?? {}, { error: { message: MARKUP, checkpoint: MARKUP } });
    const { page, webtask, signIn } = await openPage({
      state,
      administrator: { sub: 'x', name: MARKUP, email: MARKUP },
      secrets: { BATCH_SIZE: MARKUP },
    });
    await signIn();
    await page
      .getByRole('button', { name: /^Details/ })
      .first()
      .click();
    await page.locator('.details').getByText('<img src=x').first().waitFor();
    expect(await page.locator('.masthead-reader').textContent()).toContain(MARKUP);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(webtask.state().logs).toHaveLength(4);
  });

  test('runs no script that was injected into it', async () => {
    const { page, signIn } = await openPage({ state: exampleState({ now: Date.now(), runs: 2 }) });
    await signIn();
    const attempts = [
      'const it = document.createElement("script"); it.textContent = "window.pwned = 1"; document.body.append(it)',
      'const it = document.createElement("script"); it.text = "window.pwned = 1"; document.body.append(it)',
      'const it = document.createElement("script"); it.append("window.pwned = 1"); document.body.append(it)',
      'const it = document.createElement("script"); it.src = "data:text/javascript,window.pwned=1"; document.body.append(it)',
      'document.body.innerHTML += "<img src=x onerror=window.pwned=1>"',
      'document.body.setAttribute("onclick", "window.pwned = 1"); document.body.click()',
      'location.href = "javascript:window.pwned=1"',
      'setTimeout("window.pwned = 1")',
      'const it = document.createElement("iframe"); it.srcdoc = "<script>parent.pwned = 1</" + "script>"; document.body.append(it)',
    ];
    for (const attempt of attempts) await page.evaluate(`(() => { ${attempt} })()`).catch(() => {});
    expect(await page.evaluate('window.pwned')).toBeUndefined();
  });

  test('keeps another site from reading the report, framing the page and ending the session', async () => {
    const { page, address, signIn } = await openPage({ state: exampleState({ now: Date.now(), runs: 2 }) });
    await signIn();
    const elsewhere = await page.context().newPage();
    await elsewhere.goto(
      await openForeignPage(`<img src="${address}/logout"><iframe src="${address}/"></iframe>`),
    );
    for (const init of [
      '{ credentials: "include" }',
      '{ credentials: "include", headers: { "x-a": "1" } }',
    ]) {
      const outcome = elsewhere.evaluate(
        `fetch(${JSON.stringify(`${address}/api/report`)}, ${init}).then((answer) => answer.text(), () => 'refused')`,
      );
      const read = await outcome;
      expect(read === 'refused' || String(read).includes('"no_session"')).toBe(true);
    }
    const framed = elsewhere.frames().find((frame) => frame !== elsewhere.mainFrame());
    expect(await framed?.locator('.page').count()).toBe(0);
    expect((await page.request.get(`${address}/api/report`)).status()).toBe(200);
  });

  test('rejects a login by a form of another site', async () => {
    const { page, address, authorization } = await openPage();
    const { idToken, accessToken } = await authorization.mint({
      clientId: address,
      audience: 'x',
      nonce: 'n',
    });
    const fields = { id_token: idToken, access_token: accessToken, state: 's' };
    const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
    await page.goto(
      await openForeignPage(
        `<form method="post" action="${address}/login/callback">${inputs.join('')}</form>`,
      ),
    );
    const answered = page.waitForResponse(/login\/callback/);
    await page.evaluate('document.forms[0].submit()');
    expect((await answered).status()).toBe(403);
    await page.getByText('This browser has begun no login').waitFor();
    expect(await page.context().cookies(address)).toEqual([]);
  });
});
