import { expect, test } from 'vitest';
import { defaultShape } from '../../src/choices/shape';
import type { Batch } from '../../src/job/batches';
import { exportBatches } from '../../src/job/export-batches';

/** Batches of a log each, all of them there at once. */
async function* batchesOf(count: number): AsyncGenerator<Batch> {
  for (let position = 1; position <= count; position += 1) {
    const id = String(position);
    yield {
      logs: [{ id, type: 's', date: '2026-01-01T00:00:00.000Z', userId: 'auth0|1' }],
      checkpoint: id,
      checkpointDate: '',
    };
  }
}

test('where a run is told to stop, batches that are ready are left: the next run would send them again', async () => {
  const delivered: string[] = [];
  let isStopped = false;
  const exported = exportBatches(batchesOf(6), {
    findUsers: async () => new Map(),
    deliver: async (calls) => {
      delivered.push(...new Set(calls.map(({ logId }) => logId)));
      isStopped = delivered.length === 2;
      return { rejected: [] };
    },
    source: 'source',
    shape: defaultShape,
    mayDeliver: () => !isStopped,
  });
  const passed: (string | null)[] = [];
  for await (const { batch } of exported) passed.push(batch.checkpoint);
  expect(delivered).toEqual(['1', '2']);
  expect(passed).toEqual(['1', '2']);
});
