import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DOCUMENT_BYTES,
  fitDocument,
  parseRunDocument,
  type RunDocument,
  toStored,
} from '../../src/storage/run-document';
import { addRun, runsIn } from '../../src/storage/run-history';
import type { RunRecord } from '../../src/storage/run-state';
import { makeRecord } from '../support/make-record';

const bytesOf = (document: RunDocument) => Buffer.byteLength(JSON.stringify(toStored(document)));

const record = fc
  .record({ start: fc.string({ unit: 'grapheme' }), warning: fc.string({ unit: 'binary', maxLength: 300 }) })
  .map(makeRecord);

test('the document fits, its newest records stay, and no more go than must', () => {
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 40 }),
      fc.integer({ min: 300, max: 8_000 }),
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }),
      (logs, limit, unknown) => {
        const document = { ...parseRunDocument({ checkpointId: '900', ...unknown }), logs };
        const fitted = fitDocument(document, limit);
        const { logs: kept, logsDroppedUntil, ...rest } = fitted;
        expect(rest).toEqual({ state: document.state });
        const dropped = logs.length - kept.length;
        expect(logsDroppedUntil).toBe(logs[dropped - 1]?.start);
        expect(kept).toEqual(logs.slice(logs.length - kept.length));
        if (kept.length > 0) expect(bytesOf(fitted)).toBeLessThanOrEqual(limit);
        if (kept.length < logs.length) {
          const oneMore = {
            ...rest,
            logsDroppedUntil: logs[dropped - 2]?.start,
            logs: logs.slice(dropped - 1),
          };
          expect(bytesOf(oneMore)).toBeGreaterThan(limit - 3);
        }
        expect(document.logs).toBe(logs);
      },
    ),
  );
});

test('a document that fits stays the same object', () => {
  const document = parseRunDocument({ checkpointId: '900', logs: [makeRecord()] });
  expect(fitDocument(document)).toBe(document);
});

test('a year of runs stays under 400 KB, and the latest stays', () => {
  const logs = Array.from({ length: 2_000 }, (_, run) =>
    makeRecord({ logsRead: run, warning: 'é'.repeat(200) }),
  );
  const fitted = fitDocument({ ...parseRunDocument({ checkpointId: '900' }), logs });
  expect(bytesOf(fitted)).toBeLessThanOrEqual(DOCUMENT_BYTES);
  expect(bytesOf(fitted)).toBeGreaterThan(DOCUMENT_BYTES - 1_000);
  expect(DOCUMENT_BYTES).toBeLessThanOrEqual(400 * 1024);
  expect(fitted.logs.at(-1)?.logsRead).toBe(1_999);
});

test('what a run adds to a full document pushes the oldest records out', () => {
  const logs = Array.from({ length: 2_000 }, (_, run) => makeRecord({ logsRead: run }));
  let document = fitDocument({ ...parseRunDocument({}), logs });
  for (let run = 2_000; run < 2_010; run += 1) {
    document = fitDocument({ ...document, logs: [...document.logs, makeRecord({ logsRead: run })] });
    expect(bytesOf(document)).toBeLessThanOrEqual(DOCUMENT_BYTES);
    expect(document.logs.at(-1)?.logsRead).toBe(run);
  }
});

/** A run of every minute from the beginning of a day on. */
const minute = (place: number, more: Partial<RunRecord> = {}) => {
  const start = Date.parse('2026-03-01T00:00:00Z') + place * 60_000;
  return makeRecord({
    start: new Date(start).toISOString(),
    end: new Date(start + 1_000).toISOString(),
    requests: { token: 1, logs: 2, users: 1, segment: 1 },
    checkpoint: '9'.repeat(56),
    logsRead: 12,
    logsProcessed: 10,
    batches: 1,
    events: { 'Success Login': 10 },
    ...more,
  });
};

test('three weeks of runs that export something every minute fit, and neither failures nor sums are lost', () => {
  const error = { message: 'Segment returned 503.', checkpoint: '9001' };
  let document = parseRunDocument({ checkpointId: '900' });
  const minutes = 21 * 1_440;
  for (let place = 0; place < minutes; place += 1) {
    const record = minute(place, place % 10_000 === 500 ? { error } : {});
    document = { ...document, logs: addRun(document.logs, record) };
    // Each run saves; measuring a full history that often would only take the test long.
    if (place % 50 === 0) document = fitDocument(document);
  }
  document = fitDocument(document);
  expect(bytesOf(document)).toBeLessThanOrEqual(DOCUMENT_BYTES);
  expect(document.logsDroppedUntil).toBeUndefined();
  expect(document.logs.filter((run) => run.error).map(({ start }) => start)).toEqual(
    [500, 10_500, 20_500, 30_500].filter((place) => place < minutes).map((place) => minute(place).start),
  );
  expect(document.logs.reduce((sum, run) => sum + runsIn(run), 0)).toBe(minutes);
  expect(document.logs.reduce((sum, run) => sum + run.logsProcessed, 0)).toBe(minutes * 10);
  // What is recent keeps its details.
  expect(document.logs.slice(-144).every((run) => runsIn(run) === 1)).toBe(true);
});

test('a day on which every run fails the same way is kept whole; failures that differ push out the oldest', () => {
  const failed = (place: number, message: string) =>
    minute(place, { logsProcessed: 0, batches: 0, error: { message, checkpoint: '9001' } });
  const same = Array.from({ length: 1_440 }, (_, place) => failed(place, 'x'.repeat(300)));
  const kept = fitDocument({ ...parseRunDocument({}), logs: same });
  expect(kept.logs.reduce((sum, run) => sum + runsIn(run), 0)).toBe(1_440);
  const different = Array.from({ length: 1_440 }, (_, place) => failed(place, `${place} ${'x'.repeat(300)}`));
  const cut = fitDocument({ ...parseRunDocument({}), logs: different });
  expect(cut.logs.length).toBeLessThan(1_440);
  expect(cut.logsDroppedUntil).toBe(different[1_440 - cut.logs.length - 1]?.start);
});

test('folding adds up the tracks without USER_ID_FIELD', () => {
  const logs = [2, undefined, 3].map((count, hour) =>
    makeRecord({
      start: `2026-03-01T0${hour}:00:00.000Z`,
      logsProcessed: 5,
      ...(count === undefined ? {} : { withoutUserIdField: count }),
    }),
  );
  const document = { ...parseRunDocument({ checkpointId: '900' }), logs };
  const fitted = fitDocument(document, bytesOf(document) - 150);
  expect(fitted.logs.reduce((sum, run) => sum + (run.withoutUserIdField ?? 0), 0)).toBe(5);
  expect(fitted.logs.length).toBeLessThan(3);
});
