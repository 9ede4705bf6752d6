import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DOCUMENT_BYTES, fitDocument } from '../../src/storage/fit-document';
import { parseRunState } from '../../src/storage/parse-run-state';
import { makeRecord } from '../support/make-record';

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

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
        const state = { ...parseRunState({ checkpointId: '900', ...unknown }), logs };
        const fitted = fitDocument(state, limit);
        const { logs: kept, ...rest } = fitted;
        const { logs: _, ...before } = state;
        expect(rest).toEqual(before);
        expect(kept).toEqual(logs.slice(logs.length - kept.length));
        if (kept.length > 0) expect(bytesOf(fitted)).toBeLessThanOrEqual(limit);
        if (kept.length < logs.length) {
          const oneMore = logs.slice(logs.length - kept.length - 1);
          expect(bytesOf({ ...rest, logs: oneMore })).toBeGreaterThan(limit - 2);
        }
        expect(state.logs).toBe(logs);
      },
    ),
  );
});

test('a document that fits stays the same object', () => {
  const state = parseRunState({ checkpointId: '900', logs: [makeRecord()] });
  expect(fitDocument(state)).toBe(state);
});

test('a year of runs stays under 400 KB, and the latest stays', () => {
  const logs = Array.from({ length: 2_000 }, (_, run) =>
    makeRecord({ logsRead: run, warning: 'é'.repeat(200) }),
  );
  const fitted = fitDocument({ ...parseRunState({ checkpointId: '900' }), logs });
  expect(bytesOf(fitted)).toBeLessThanOrEqual(DOCUMENT_BYTES);
  expect(bytesOf(fitted)).toBeGreaterThan(DOCUMENT_BYTES - 1_000);
  expect(DOCUMENT_BYTES).toBeLessThanOrEqual(400 * 1024);
  expect(fitted.logs.at(-1)?.logsRead).toBe(1_999);
});

test('what a run adds to a full document pushes the oldest records out', () => {
  const logs = Array.from({ length: 2_000 }, (_, run) => makeRecord({ logsRead: run }));
  let state = fitDocument({ ...parseRunState({}), logs });
  for (let run = 2_000; run < 2_010; run += 1) {
    state = fitDocument({ ...state, logs: [...state.logs, makeRecord({ logsRead: run })] });
    expect(bytesOf(state)).toBeLessThanOrEqual(DOCUMENT_BYTES);
    expect(state.logs.at(-1)?.logsRead).toBe(run);
  }
});
