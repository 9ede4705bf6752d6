import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/redactor';
import { messageIdOf, sourceOf } from '../../src/segment/calls';

const writeKey = fc.stringMatching(/^[A-Za-z0-9]{32}$/);
const types = ['track', 'identify', 'probe'] as const;

test('a messageId is that of the log and the source, for each kind of call its own', () => {
  const id = '90020260301115500000000000000000000000000000000000000001';
  // Written down: should it ever change, what was sent before is no longer recognised.
  expect(sourceOf('sandboxSegmentWriteKey7Jp2')).toBe('a40c9b01e7dd7086');
  for (const type of types)
    expect(messageIdOf(id, type, 'a40c9b01e7dd7086')).toBe(`auth0-${type}-${id}-a40c9b01e7dd7086`);
});

test('it tells sources apart, by 64 bits of which none is of the write key', () => {
  fc.assert(
    fc.property(writeKey, writeKey, (one, other) => {
      fc.pre(one !== other);
      expect(sourceOf(one)).toMatch(/^[0-9a-f]{16}$/);
      expect(sourceOf(one)).not.toBe(sourceOf(other));
    }),
  );
});

test('it stays under 100 characters and tells logs apart, however long their ids', () => {
  const lengths = Array.from({ length: 300 }, (_, length) => length + 1);
  const ids = types.flatMap((type) =>
    lengths.map((length) => messageIdOf('x'.repeat(length), type, sourceOf('key'))),
  );
  expect(new Set(ids).size).toBe(900);
  for (const id of ids) expect(id.length).toBeLessThan(100);
});

test('nothing takes it for a secret: the redactor that knows the write key leaves it as it is', () => {
  fc.assert(
    fc.property(writeKey, fc.stringMatching(/^\d{56}$/), (key, logId) => {
      const messageId = messageIdOf(logId, 'track', sourceOf(key));
      const redactor = createRedactor([key]);
      expect(redactor.text(messageId)).toBe(messageId);
      expect(redactor.text(`{"messageId":"${messageId}"}`)).toBe(`{"messageId":"${messageId}"}`);
    }),
  );
});
