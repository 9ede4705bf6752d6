import { expect, test } from 'vitest';
import { parseLine } from '../../../../server/dashboard/page/log-line';
import { setReaderLocale } from '../../../support/set-reader-locale';

setReaderLocale('en-GB');

const STACK =
  'TypeError: x is not a function\n    at a (file:///app/build/out/cli.mjs:1:2)\n    at b (cli.mjs:3:4)';

test('a line is taken apart, and what else it holds stays readable', () => {
  const line = {
    level: 'info',
    time: '2026-11-20T12:00:00.000Z',
    start: 'oldest',
    n: { a: 1 },
    msg: 'run started',
  };
  expect(parseLine(JSON.stringify(line))).toEqual({
    level: 'info',
    time: line.time,
    text: 'run started',
    rest: 'from the oldest log, n {"a":1}',
    isRetry: false,
  });
  const restOf = (start: string) =>
    parseLine(JSON.stringify({ msg: 'run started', start, checkpoint: '900' })).rest;
  expect(restOf('startFrom')).toBe('from the log that START_FROM names, checkpoint 900');
  expect(restOf('checkpoint')).toBe('from checkpoint 900');
  expect(parseLine('not JSON').text).toBe('not JSON');
});

test('the figures of a run have the names that the page has for them, and what says nothing is left out', () => {
  const line = {
    logsRead: 3002,
    eventsSent: 1731,
    rejected: 3,
    logsProcessed: 1744,
    batches: 18,
    checkpoint: null,
    retry: true,
    msg: 'done',
  };
  expect(parseLine(JSON.stringify(line))).toMatchObject({
    rest: 'logs read 3,002, events sent 1,731, calls rejected 3, batches 18',
    isRetry: true,
  });
});

test('no stack is shown, wherever in a line it stands and however the line was cut', () => {
  const err = { name: 'TypeError', code: 'bug', stack: STACK };
  const whole = JSON.stringify({ level: 'error', err, stack: STACK, cause: STACK, msg: `failed: ${STACK}` });
  const lines = [whole, STACK, whole.slice(0, 120), `{"a":1,"msg":"${STACK}`];
  for (const line of lines) {
    const { text, rest } = parseLine(line);
    expect(`${text} ${rest}`).not.toMatch(/cli\.mjs|\bat a\b/);
  }
  expect(parseLine(whole)).toMatchObject({
    text: 'failed: TypeError: x is not a function',
    rest: 'code bug, cause TypeError: x is not a function',
  });
});
