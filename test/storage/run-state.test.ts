import { describe, expect, test } from 'vitest';
import { parseRunDocument } from '../../src/storage/run-document';
import { parseRunState } from '../../src/storage/run-state';

const empty = {
  checkpointId: null,
  checkpointDate: null,
  startFrom: null,
  lastRun: null,
  lease: null,
  lastReportDate: null,
  caughtUp: null,
};

describe('no document yet', () => {
  test.each([undefined, null, {}])('%j is an empty state', (document) => {
    expect(parseRunState(document)).toEqual(empty);
  });
});

describe('a document that Auth0’s own extension left', () => {
  const former = {
    checkpointId: '90020260301115500000000000000000000000000000000000000001',
    startFrom: '90020260201000000000000000000000000000000000000000000001',
    lastRun: '2026-03-01T11:55:01.500Z',
    logs_access_token: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl',
    logs: [
      {
        start: '2026-03-01T11:50:00.000Z',
        end: '2026-03-01T11:50:10.000Z',
        logsProcessed: 100,
        checkpoint: '900A',
      },
      {
        start: '2026-03-01T11:55:00.000Z',
        end: '2026-03-01T11:55:01.500Z',
        logsProcessed: 0,
        checkpoint: '900B',
        error: 'Segment is down',
      },
    ],
  };

  test('is gone on from, with its history', () => {
    const { logs, state } = parseRunDocument(former);
    expect(state).toEqual({
      ...empty,
      caughtUp: { start: '2026-03-01T11:50:00.000Z', end: '2026-03-01T11:50:10.000Z', isProven: false },
      checkpointId: former.checkpointId,
      startFrom: former.startFrom,
      lastRun: former.lastRun,
    });
    expect(logs).toEqual([
      {
        start: '2026-03-01T11:50:00.000Z',
        end: '2026-03-01T11:50:10.000Z',
        startCheckpoint: null,
        checkpoint: '900A',
        logsRead: 0,
        logsProcessed: 100,
        batches: 0,
        skipped: 0,
        rejected: [],
      },
      expect.objectContaining({
        checkpoint: '900B',
        error: { message: 'Segment is down', checkpoint: null },
      }),
    ]);
  });

  test('loses its access token', () => {
    expect(JSON.stringify(parseRunDocument(former))).not.toContain('eyJ');
    expect(parseRunDocument(former).state).not.toHaveProperty('logs_access_token');
  });

  test.each([
    ['text', 'it broke', 'it broke'],
    ['an error’s fields', { message: 'it broke', code: 'E' }, 'it broke'],
    ['a list of texts', ['one', 'two'], 'one two'],
    ['a list of errors', [{ message: 'one' }, { message: 'two', response: {} }], 'one two'],
    ['an error of which JSON left nothing', {}, 'an error without a message'],
    ['a number', 500, 'an error without a message'],
  ])('shows an error that is %s', (_what, error, message) => {
    const [record] = parseRunDocument({ logs: [{ start: 'x', error }] }).logs;
    expect(record?.error).toEqual({ message, checkpoint: null });
  });

  test.each([null, '', [], false, [null]])('shows no error where there was none (%j)', (error) => {
    const [record] = parseRunDocument({ logs: [{ start: 'x', error }] }).logs;
    expect(record?.start).toBe('x');
    expect(record?.error).toBeUndefined();
  });

  test('keeps our own error with its checkpoint', () => {
    const error = { message: 'it broke', checkpoint: '900' };
    expect(parseRunDocument({ logs: [{ start: 'x', error }] }).logs[0]?.error).toEqual(error);
  });
});

describe('a document of a newer version', () => {
  test('keeps the keys that this one does not know', () => {
    const document = { checkpointId: '900', future: { a: [1] }, logs: [{ start: 'x', more: 1 }] };
    const { state, logs } = parseRunDocument(document);
    expect(state).toMatchObject({ checkpointId: '900', future: { a: [1] } });
    expect(logs[0]).toMatchObject({ start: 'x', more: 1 });
  });

  test('keeps records of which a field means something else by now', () => {
    const record = {
      start: 'x',
      end: 7,
      logsRead: 'many',
      rejected: 'none',
      events: [1],
      requests: 5,
      users: 'all',
      moreToCome: 'yes',
      warning: { text: 'w' },
      checkpointDate: 7,
      checkpoint: 7,
    };
    const [kept] = parseRunDocument({ logs: [record] }).logs;
    expect(kept).toMatchObject({ start: 'x', end: '', logsRead: 0, rejected: [], checkpoint: null });
    for (const field of ['requests', 'moreToCome', 'warning', 'checkpointDate'] as const) {
      expect(kept?.[field]).toBeUndefined();
    }
  });

  test('is gone on from though other keys than the checkpoint mean something else by now', () => {
    const { state, logs } = parseRunDocument({
      checkpointId: '900',
      checkpointDate: 1,
      startFrom: 2,
      lastRun: {},
      lease: 'held',
      lastReportDate: 3,
      caughtUp: true,
      logs: 'many',
    });
    expect(state).toEqual({ ...empty, checkpointId: '900' });
    expect(logs).toEqual([]);
  });
});

describe('a damaged document', () => {
  test.each([
    ['text', 'half a docu'],
    ['a number', 7],
    ['a boolean', true],
    ['a list', [{ checkpointId: '900' }]],
    ['an empty list', []],
    ['a checkpoint that is a number', { checkpointId: 900 }],
    ['a checkpoint that is an object', { checkpointId: {} }],
  ])('%s stops the run, naming the remedy', (_what, document) => {
    for (const parse of [parseRunState, parseRunDocument])
      expect(() => parse(document)).toThrow(
        expect.objectContaining({
          code: 'storage_damaged',
          message: expect.stringMatching(/damaged.*START_FROM/),
        }),
      );
  });

  test('one record that is none costs only itself', () => {
    const logs = ['x', null, 7, { end: 'no start' }, { start: 'good' }];
    expect(parseRunDocument({ logs }).logs.map(({ start }) => start)).toEqual(['good']);
  });

  test('the error does not repeat what is in the document', () => {
    expect(() => parseRunState({ checkpointId: { token: 'secret' } })).not.toThrow(/secret/);
  });
});
