import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { fitProfile } from '../../src/segment/profile';

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const fieldBytes = (name: string, value: unknown) => bytesOf(name) + bytesOf(value);

/** What fits, read again. */
const fitTo = (profile: Record<string, unknown>, room: number) => {
  const { json, dropped } = fitProfile(profile, room);
  return { fitted: JSON.parse(Buffer.from(json).toString()), bytes: json.length, dropped };
};

test('a profile that fits stays as it is', () => {
  const profile = { name: 'é' };
  expect(fitTo(profile, 13)).toEqual({ fitted: profile, bytes: 13, dropped: [] });
  expect(fitTo(profile, 12)).toEqual({ fitted: {}, bytes: 2, dropped: ['name'] });
});

test('the largest fields go first, by the bytes they take', () => {
  const profile = { small: 'x', wide: '日本語日本語', long: 'y'.repeat(15), escaped: '\u0001'.repeat(4) };
  const { fitted, dropped } = fitTo(profile, 40);
  expect(dropped).toEqual(['escaped', 'wide']);
  expect(fitted).toEqual({ small: 'x', long: profile.long });
});

describe('whatever the profile', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    // Lone surrogates, which JSON writes as six characters.
    fc.array(fc.integer({ min: 0xd800, max: 0xdfff })).map((units) => String.fromCharCode(...units)),
    fc.constantFrom('"', '\\', '\u0000\u001f', '😀'.repeat(30), 'é'.repeat(50)),
  );
  const value = fc.oneof(text, fc.jsonValue({ maxDepth: 2 }));
  const anyProfile = fc.oneof(
    fc.dictionary(text, value, { maxKeys: 12 }),
    fc.constant(JSON.parse('{"__proto__":{"a":"bbbbbbbbbbbbbbbbbbbbb"},"c":1}') as Record<string, unknown>),
  );

  test('it fits, is measured exactly, and loses no field that need not go', () => {
    fc.assert(
      fc.property(anyProfile, fc.integer({ min: 2, max: 600 }), (profile, room) => {
        const before = JSON.stringify(profile);
        const { fitted, bytes, dropped } = fitTo(profile, room);
        expect(bytes).toBe(bytesOf(fitted));
        expect(bytes).toBeLessThanOrEqual(room);
        expect([...Object.keys(fitted), ...dropped].sort()).toEqual(Object.keys(profile).sort());
        for (const key of Object.keys(fitted))
          expect(JSON.stringify(fitted[key])).toBe(JSON.stringify(profile[key]));
        const last = dropped.at(-1);
        if (last !== undefined) {
          const oneMore = Object.fromEntries(
            Object.entries(profile).filter(([key]) => !dropped.slice(0, -1).includes(key)),
          );
          expect(bytesOf(oneMore)).toBeGreaterThan(room);
          for (const [key, kept] of Object.entries(fitted)) {
            expect(fieldBytes(key, kept)).toBeLessThanOrEqual(fieldBytes(last, profile[last]));
          }
        }
        expect(JSON.stringify(profile)).toBe(before);
      }),
    );
  });
});

test('of a megabyte of tiny fields each is read and encoded a few times at most', () => {
  const fields = 50_000;
  const profile = Object.fromEntries(Array.from({ length: fields }, (_, n) => [`field ${n}`, `value ${n}`]));
  let reads = 0;
  const counted = new Proxy(profile, {
    get: (target, name) => {
      reads += 1;
      return Reflect.get(target, name);
    },
  });
  const encode = vi.spyOn(JSON, 'stringify');
  const { fitted, bytes } = fitTo(counted, 31_000);
  const encoded = encode.mock.calls.length;
  encode.mockRestore();
  expect(bytes).toBe(bytesOf(fitted));
  expect(bytes).toBeGreaterThan(30_900);
  expect(reads).toBeGreaterThan(0);
  expect(Math.max(reads, encoded)).toBeLessThan(5 * fields);
});
