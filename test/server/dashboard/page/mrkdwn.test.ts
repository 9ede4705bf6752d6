import { expect, test } from 'vitest';
import { parseMrkdwn } from '../../../../server/dashboard/page/mrkdwn';
import { runMessage } from '../../../../src/slack/messages';

test('a report is taken apart into what Slack shows', () => {
  expect(
    parseMrkdwn(
      ':red_circle: *Failed*\n_at_ <!date^1700000000^{time_secs}|then> `a_b_c` ```x *y* &lt;z&gt;```',
    ),
  ).toEqual([
    { kind: 'emoji', name: 'red_circle' },
    { kind: 'text', text: ' ' },
    { kind: 'bold', text: 'Failed' },
    { kind: 'text', text: '\n' },
    { kind: 'italic', text: 'at' },
    { kind: 'text', text: ' ' },
    { kind: 'date', at: 1_700_000_000_000 },
    { kind: 'text', text: ' ' },
    { kind: 'code', text: 'a_b_c' },
    { kind: 'text', text: ' ' },
    { kind: 'block', text: 'x *y* <z>' },
  ]);
});

test('only web addresses become links, and everything else stays text', () => {
  expect(parseMrkdwn('<https://segment.com/docs?a=1&amp;b=2|docs> <https://a.example>')).toEqual([
    { kind: 'link', href: 'https://segment.com/docs?a=1&b=2', text: 'docs' },
    { kind: 'text', text: ' ' },
    { kind: 'link', href: 'https://a.example', text: 'https://a.example' },
  ]);
  for (const text of [
    '<javascript:alert(1)|x>',
    '<!channel>',
    '<@U1>',
    '10:30:15',
    'a_b_c',
    '2 * 3 * 4',
    '<img src=x>',
  ]) {
    expect(parseMrkdwn(text)).toEqual([{ kind: 'text', text }]);
  }
  expect(parseMrkdwn('')).toEqual([]);
});

test('of a report with hostile words nothing but its own marks is left', () => {
  const { blocks = [] } = runMessage({
    start: '2026-01-01T00:00:00.000Z',
    end: '2026-01-01T00:00:05.000Z',
    checkpoint: '90020260101000000000000',
    logsRead: 1,
    logsProcessed: 1,
    batches: 1,
    skipped: 0,
    rejected: [{ logId: 'x`y', call: 'track', reason: '<script>&amp;</script> <!channel>' }],
  });
  const texts = blocks.flatMap((block) =>
    'text' in block && typeof block.text === 'object' ? [block.text.text] : [],
  );
  const parts = texts.flatMap(parseMrkdwn);
  expect(
    parts.some((part) => 'text' in part && part.text.includes('<script>&amp;</script> <!channel>')),
  ).toBe(true);
  expect(parts.filter(({ kind }) => kind === 'link')).toEqual([]);
});
