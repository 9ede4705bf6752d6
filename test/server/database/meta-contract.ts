import { describe, expect, test } from 'vitest';
import type { OpenPlace } from './place';

/** What every database must do with small texts, and when it is tried. */
export function describeMeta(name: string, openPlace: OpenPlace): void {
  describe(name, () => {
    test('a small text is made once, whoever asks first', async () => {
      const place = await openPlace();
      const [here, there] = [await place.open(), await place.open()];
      const made = await Promise.all([
        here.meta.getOrPut('secret', () => 'one'),
        there.meta.getOrPut('secret', () => 'two'),
      ]);
      expect(['one', 'two']).toContain(made[0]);
      expect(made[1]).toBe(made[0]);
      expect(await there.meta.getOrPut('secret', () => 'three')).toBe(made[0]);
      await there.meta.put('secret', 'four');
      expect(await here.meta.get('secret')).toBe('four');
      expect(await here.meta.get('other')).toBeUndefined();
    });

    test('it can be tried again and again', async () => {
      const database = await (await openPlace()).open();
      await database.probe();
      await database.probe();
      expect((await database.meta.get('probe'))?.length).toBe(32_000);
    });
  });
}
