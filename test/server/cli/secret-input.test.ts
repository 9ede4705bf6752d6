import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readSecrets } from '../../../server/cli/secret-input';

/** A terminal: what is typed, and what it shows. */
function openTerminal() {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const prompt = new PassThrough();
  let shown = '';
  prompt.on('data', (chunk) => {
    shown += String(chunk);
  });
  const asks = (name: string) => expect.poll(() => shown).toMatch(new RegExp(`${name} \\(not shown\\): $`));
  return { stdin, prompt, asks, shown: () => shown };
}

test('on a terminal each secret is asked for, and nothing of it is shown', async () => {
  const { stdin, prompt, asks, shown } = openTerminal();
  const secrets = readSecrets(['SEGMENT_KEY', 'AUTH0_CLIENT_SECRET'], { stdin, prompt });
  await asks('SEGMENT_KEY');
  stdin.write('hunter-1\r');
  await asks('AUTH0_CLIENT_SECRET');
  stdin.write(' hunter-2 \r');
  expect(await secrets).toEqual({ SEGMENT_KEY: 'hunter-1', AUTH0_CLIENT_SECRET: 'hunter-2' });
  expect(shown()).toBe(
    'Segment write key, SEGMENT_KEY (not shown): \nClient secret, AUTH0_CLIENT_SECRET (not shown): \n',
  );
});

test.each([
  ['Ctrl-C', 'hunt\u0003', 'SEGMENT_KEY was not entered. Nothing was changed.'],
  ['Ctrl-D', '\u0004', 'SEGMENT_KEY was not entered. Nothing was changed.'],
  ['Enter alone', '\r', 'SEGMENT_KEY is empty on standard input. Nothing was changed.'],
])('%s on a terminal ends it without a change', async (_, typed, sentence) => {
  const { stdin, prompt, asks } = openTerminal();
  const secrets = readSecrets(['SEGMENT_KEY'], { stdin, prompt });
  await Promise.all([
    expect(secrets).rejects.toThrow(sentence),
    asks('SEGMENT_KEY').then(() => stdin.write(typed)),
  ]);
});
