import { describe, expect, test } from 'vitest';
import { openSandbox } from '../open-sandbox';

describe('the Slack webhook', () => {
  test('keeps messages and answers ok', async () => {
    const { slack } = await openSandbox();
    const post = (body: unknown) => fetch(slack.webhookUrl, { method: 'POST', body: JSON.stringify(body) });
    expect(await (await post({ text: 'hello' })).text()).toBe('ok');
    expect(await (await post({ blocks: [{ type: 'divider' }] })).text()).toBe('ok');
    expect(await (await post({ attachments: [{ text: 'there' }] })).text()).toBe('ok');
    expect(slack.messages).toHaveLength(3);
    expect(slack.messages[0]).toEqual({ text: 'hello' });
    slack.reset();
    expect([slack.messages, slack.requests]).toEqual([[], 0]);
  });

  test.each(['not JSON', '{}', '{"text":""}', 'null'])('refuses %s as invalid_payload', async (body) => {
    const { slack } = await openSandbox();
    const response = await fetch(slack.webhookUrl, { method: 'POST', body });
    expect([response.status, await response.text()]).toEqual([400, 'invalid_payload']);
    expect(slack.messages).toEqual([]);
  });

  test('knows no other webhook', async () => {
    const { slack } = await openSandbox();
    const ask = async (path: string) => {
      const response = await fetch(slack.url + path, { method: 'POST', body: '{"text":"hello"}' });
      return `${response.status} ${await response.text()}`;
    };
    expect(await ask('/services/T000/B000/mistyped')).toBe('404 invalid_token');
    expect(await ask('/services/T111/B000/mistyped')).toBe('404 no_service');
    expect(await ask('/')).toBe('404 no_service');
    expect(slack.messages).toEqual([]);
  });
});
