import { expect, test } from 'vitest';
import { openHistory } from '../../../server/runs/executions';
import { temporaryFolder } from './temporary-folder';

const at = '2026-01-01T00:00:00.000Z';
const begin = { scheduled_at: at, started_at: at, trigger: 'schedule' as const };
const end = { completed_at: at, type: 'success' as const, statusCode: 200, body: { n: 1 } };

test('keeps what was run, in the terms of the platform, over a restart', async () => {
  const folder = await temporaryFolder();
  const history = await openHistory(folder, () => 0);
  const { id } = await history.begin(begin);
  history.log(id, 'a line');
  await history.end(id, end);
  const again = await openHistory(folder, () => 0);
  expect(again.list()).toEqual([{ id, ...begin, ...end, lines: ['a line'], linesLeftOut: 0 }]);
});

test('what was running when the host was killed is closed as an error that says so', async () => {
  const folder = await temporaryFolder();
  await (await openHistory(folder, () => 0)).begin(begin);
  const [one] = (await openHistory(folder, () => Date.parse(at) + 1000)).list();
  expect(one).toMatchObject({
    type: 'error',
    statusCode: null,
    completed_at: '2026-01-01T00:00:01.000Z',
    body: { error: 'cut_off' },
  });
});

test('failures are kept while runs that succeed come and go, and so are the newest of both', async () => {
  const folder = await temporaryFolder();
  const history = await openHistory(folder, () => 0);
  for (let n = 1; n <= 200; n += 1) {
    const { id } = await history.begin(begin);
    const failed = { type: 'error' as const, statusCode: 500 };
    await history.end(id, { ...end, ...(n === 5 || n === 20 ? failed : {}) });
  }
  const ids = (await openHistory(folder, () => 0)).list().map(({ id }) => id);
  expect(ids).toEqual([5, 20, ...Array.from({ length: 150 }, (_, place) => 51 + place)]);
});

test('stays within its bounds: executions, lines, sizes', async () => {
  const folder = await temporaryFolder();
  const history = await openHistory(folder, () => 0);
  for (let n = 0; n < 320; n += 1) {
    const { id } = await history.begin(begin);
    await history.end(id, { ...end, body: { text: 'x'.repeat(n > 300 ? 150_000 : 10) } });
  }
  const { id } = await history.begin(begin);
  for (let n = 0; n < 500; n += 1) history.log(id, `${n} ${'y'.repeat(5_000)}`);
  await history.end(id, { ...end, body: 'z'.repeat(300_000) });
  const all = (await openHistory(folder, () => 0)).list();
  expect(all.length).toBeLessThanOrEqual(300);
  expect(JSON.stringify(all).length).toBeLessThan(2_300_000);
  expect(all.at(-1)).toMatchObject({ id: 321, linesLeftOut: 300, body: { message: expect.any(String) } });
  expect(all.at(-1)?.lines[0]).toMatch(/^300 y+$/);
});
