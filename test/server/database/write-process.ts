import { openDatabase } from '../../../server/database/open-database';
import { systemClock } from '../../../src/time';

/**
 * Writes one state after the other until it is killed, each with a run, and says each number once it is stored.
 * Arguments: folder or URL, tenant's id, name of this process, number of writes, characters of each record.
 */
const [, , place = '', tenantId = '', name = '', count = '0', characters = '0'] = process.argv;
const database = await openDatabase({
  folder: place,
  ...(place.startsWith('postgres:') ? { url: place } : {}),
  clock: systemClock,
});
const { state } = database.storeOf(tenantId)({ remaining: () => 1000 });
try {
  for (let number = 1; number <= Number(count); number += 1) {
    const at = new Date().toISOString();
    await state.update((before) => ({
      state: { ...before, [name]: number },
      ended: [
        {
          id: `${name}-${number}`,
          record: {
            start: at,
            end: at,
            startCheckpoint: null,
            checkpoint: null,
            logsRead: 1,
            logsProcessed: 1,
            batches: 1,
            skipped: 0,
            rejected: [],
            warning: 'x'.repeat(Number(characters)),
          },
        },
      ],
    }));
    process.stdout.write(`${number}\n`);
  }
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  process.stderr.write(`${error instanceof Error ? error.message : error}\n${cause}\n`);
  process.exitCode = 3;
}
try {
  await database.probe();
} catch (error) {
  process.stderr.write(`probe: ${error}\n`);
}
await database.close();
