import { expect, onTestFinished, test } from 'vitest';
import type { LiveEventRow, LiveEvents } from '../../../server/database/postgres/live-events';
import type { LiveEvent } from '../../../server/runs/live-log';
import { createSharedLiveLog } from '../../../server/runs/shared-live-log';
import { type FakeClock, fakeClock, settle } from '../../support/fake-clock';

/** Live events that several processes share, in memory. */
function openEvents() {
  let rows: LiveEventRow[] = [];
  let last = 0;
  let isDown = false;
  let reads = 0;
  const guard = () => {
    if (isDown) throw new Error('no connection');
  };
  const events: LiveEvents = {
    append: async (added) => {
      guard();
      rows.push(...added.map((event) => ({ ...event, id: ++last, at: '2026-03-01T12:00:00.000Z' })));
    },
    after: async (id, limit) => {
      guard();
      // As the database does with what is no bigint.
      if (!Number.isSafeInteger(id)) throw new Error(`invalid input: ${id}`);
      reads += 1;
      return rows.filter((row) => row.id > id).slice(0, limit);
    },
    newest: async () => {
      guard();
      return rows.at(-1)?.id ?? 0;
    },
    prune: async () => guard(),
  };
  return {
    events,
    reads: () => reads,
    setDown: (value: boolean) => {
      isDown = value;
    },
    /** As PostgreSQL does with such a table when it has crashed. */
    crash: () => {
      rows = [];
      last = 0;
    },
  };
}

function openProcess(events: LiveEvents, clock: FakeClock, worker: string) {
  const troubles: string[] = [];
  const log = createSharedLiveLog({ events, clock, worker, onTrouble: (text) => troubles.push(text) });
  onTestFinished(async () => {
    await log.close();
  });
  const line = (text: string) => log.add({ kind: 'line', tenant: 'acme', run: 'r1', text });
  const watch = (after = 0) => {
    const seen: LiveEvent[] = [];
    const end = log.watch(after, (event) => seen.push(event));
    return { texts: () => seen.map(({ text }) => text), seen, end };
  };
  return { log, troubles, line, watch };
}

test('what happens in one process is shown in another within two seconds, in order', async () => {
  const clock = fakeClock();
  const { events } = openEvents();
  const worker = openProcess(events, clock, 'w1');
  const web = openProcess(events, clock, 'w2');
  const { texts } = web.watch();
  await settle();
  worker.line('one');
  worker.line('two');
  await clock.advance(2_000);
  expect(texts()).toEqual(['one', 'two']);
});

test('whoever comes back, on this process or another, is shown what was missed and nothing twice', async () => {
  const clock = fakeClock();
  const { events } = openEvents();
  const worker = openProcess(events, clock, 'w1');
  const [web, other] = [openProcess(events, clock, 'w2'), openProcess(events, clock, 'w3')];
  const first = web.watch();
  await settle();
  worker.line('one');
  await clock.advance(2_000);
  first.end();
  worker.line('two');
  await clock.advance(2_000);
  const { texts } = other.watch(first.seen.at(-1)?.id);
  await clock.advance(2_000);
  expect(texts()).toEqual(['two']);
  expect(other.log.name).toBe(web.log.name);
});

test('somebody who begins to watch beside another is shown the same', async () => {
  const clock = fakeClock();
  const { events } = openEvents();
  const { line, watch } = openProcess(events, clock, 'w1');
  const first = watch();
  line('one');
  await clock.advance(2_000);
  const second = watch();
  line('two');
  await clock.advance(2_000);
  expect([first.texts(), second.texts()]).toEqual([
    ['one', 'two'],
    ['one', 'two'],
  ]);
});

test('nothing is read while nobody watches', async () => {
  const clock = fakeClock();
  const { events, reads } = openEvents();
  const { watch } = openProcess(events, clock, 'w1');
  await clock.advance(5_000);
  expect(reads()).toBe(0);
  const { end } = watch();
  await clock.advance(5_000);
  end();
  await clock.advance(2_000);
  const until = reads();
  await clock.advance(10_000);
  expect(reads()).toBe(until);
});

test('somebody who leaves at once is no trouble', async () => {
  const clock = fakeClock();
  const { events } = openEvents();
  const { watch, troubles } = openProcess(events, clock, 'w1');
  watch().end();
  await clock.advance(5_000);
  expect(troubles).toEqual([]);
});

test('a change is told at once, here alone: the others notice it themselves', async () => {
  const clock = fakeClock();
  const { events } = openEvents();
  const [here, there] = [openProcess(events, clock, 'w1'), openProcess(events, clock, 'w2')];
  const [mine, theirs] = [here.watch(), there.watch()];
  await settle();
  here.log.add({ kind: 'change', tenant: '', run: '', text: '' });
  expect(mine.seen).toMatchObject([{ kind: 'change' }]);
  await clock.advance(2_000);
  expect(theirs.seen).toEqual([]);
});

test('a database that fails is said once, and what is watched continues afterwards', async () => {
  const clock = fakeClock();
  const { events, setDown } = openEvents();
  const { line, watch, troubles } = openProcess(events, clock, 'w1');
  const { texts } = watch();
  await clock.advance(1_000);
  setDown(true);
  await clock.advance(5_000);
  expect(troubles).toEqual(['What happens now cannot be shown as it does: Error: no connection']);
  setDown(false);
  line('later');
  await clock.advance(2_000);
  expect(texts()).toEqual(['later']);
});

test('ids that begin anew after a crash of the server are followed', async () => {
  const clock = fakeClock();
  const { events, crash } = openEvents();
  const { line, watch } = openProcess(events, clock, 'w1');
  const { texts } = watch();
  for (const text of ['one', 'two', 'three']) line(text);
  await clock.advance(2_000);
  crash();
  await clock.advance(2_000);
  line('after');
  await clock.advance(2_000);
  expect(texts()).toEqual(['one', 'two', 'three', 'after']);
});

test('what is still to be written is written at the end', async () => {
  const clock = fakeClock();
  const { events } = openEvents();
  const { log, line } = openProcess(events, clock, 'w1');
  await settle();
  line('last');
  await log.close();
  expect((await events.after(0, 10)).map(({ text }) => text)).toEqual(['last']);
});
