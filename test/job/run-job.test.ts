import { describe, expect, test } from 'vitest';
import { createExporter } from '../../src/job/exporter';
import { findStart } from '../../src/job/reading';
import { createRedactor } from '../../src/redactor';
import { parseSettings } from '../../src/settings';
import { parseRunState } from '../../src/storage/run-state';
import type { OpenRunStore } from '../../src/storage/run-store';
import { fakeClock } from '../support/fake-clock';
import { storeOf } from '../support/stored-document';

/** An exporter without settings, of which every run fails before it asks anybody for anything. */
function openExporter() {
  const clock = fakeClock();
  const store = storeOf({ checkpointId: '9001' }, clock);
  const changes: { owner: string | undefined; ended: string[] }[] = [];
  const open: OpenRunStore = () => ({
    ...store,
    state: {
      ...store.state,
      update: (change) =>
        store.state.update((before, now) => {
          const changed = change(before, now);
          if (changed) {
            const { state, ended = [] } = changed;
            changes.push({ owner: state.lease?.owner, ended: ended.map(({ id }) => id) });
          }
          return changed;
        }),
    },
  });
  const exporter = createExporter(
    parseSettings(() => undefined),
    { clock, fetch: globalThis.fetch, random: () => 0, redactor: createRedactor([]) },
  );
  const run = (id?: string) =>
    exporter.run({ store: open, id, log: { info: () => {}, error: () => {} }, budgetMs: 22_000 });
  return { run, changes, store };
}

describe('a run', () => {
  test('holds the lease under its id, and ends under it in the write that gives the lease up', async () => {
    const { run, changes, store } = openExporter();
    const answer = await run('the-id');
    expect(changes).toEqual([
      { owner: 'the-id', ended: [] },
      { owner: undefined, ended: ['the-id'] },
    ]);
    const { runs } = await store.history.list({ offset: 0, limit: 10 });
    expect(answer.body).toMatchObject({ status: runs[0] });
    expect(runs).toHaveLength(1);
  });

  test('makes itself an id where it is given none, another one each time', async () => {
    const { run, changes } = openExporter();
    await run();
    await run();
    const owners = changes.flatMap(({ owner }) => owner ?? []);
    expect(new Set(owners).size).toBe(2);
    expect(owners[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  });

  test('knows that a run before it has read everything only where that is proven', () => {
    const start = '2026-03-01T11:55:00.000Z';
    const from = (caughtUp: object | null) =>
      findStart(parseRunState({ checkpointId: '9001', caughtUp }), '');
    expect(from({ start, end: start, isProven: true })).toMatchObject({ caughtUpAt: Date.parse(start) });
    expect(from({ start, end: start, isProven: false })).toMatchObject({ caughtUpAt: null });
    expect(from({ start: 'x', end: start, isProven: true })).toMatchObject({ caughtUpAt: null });
    expect(from(null)).toMatchObject({ caughtUpAt: null });
  });
});
