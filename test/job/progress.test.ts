import { expect, test } from 'vitest';
import { createProgress } from '../../src/job/progress';

const now = Date.parse('2026-03-01T12:00:00Z');
const batch = (trimmed: [string, string[]][], cut: [string, string[]][] = []) => ({
  batch: { logs: [], checkpoint: '9', checkpointDate: '' },
  events: new Map(),
  skipped: 0,
  rejected: [],
  trimmed: new Map(trimmed),
  withoutUserIdField: 0,
  cut: new Map(cut),
});

test('a warning about a profile that did not fit names the user and the fields', () => {
  const progress = createProgress(now, null);
  progress.countBatch(batch([['auth0|1', ['notes', 'history']]]));
  expect(progress.record(now).warning).toContain('auth0|1 (without notes, history)');
});

test('a warning about a profile that was nested too deep names the user and the fields', () => {
  const progress = createProgress(now, null);
  progress.countBatch(batch([], [['auth0|1', ['tree', 'graph']]]));
  expect(progress.record(now).warning).toBe(
    '1 profile was nested deeper than 50 levels and went without what stands deeper: auth0|1 (in tree, graph).',
  );
});

test('it stays short, however many fields there are and however long their names', () => {
  const progress = createProgress(now, null);
  const fields = Array.from({ length: 50_000 }, (_, n) => `${n} ${'x'.repeat(1_000)}`);
  for (let user = 0; user < 20; user += 1) {
    progress.countBatch(batch([[`${user} ${'y'.repeat(30_000)}`, fields]]));
  }
  const { warning = '' } = progress.record(now);
  expect(warning).toContain('and 49997 more');
  expect(warning).toContain('and 17 more');
  expect(warning.length).toBeLessThan(1_500);
});
