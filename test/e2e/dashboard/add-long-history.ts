import { join } from 'node:path';
import { openDatabase } from '../../../server/database/open-database';
import type { RunRecord } from '../../../src/storage/run-state';
import { systemClock } from '../../../src/time';
import { makeRecord } from '../../support/make-record';

const MINUTE = 60_000;
/** The longest that a tenant may be called, without a place to break the line. */
const LONGEST_NAME = 'n'.repeat(63);
/** As long as reasons are kept, without a space. */
export const LONG_REASON = `Segment_returned_400:_${'x'.repeat(234)}`;
/** An event that somebody called so. */
const LONG_EVENT = `Login_${'e'.repeat(90)}`;
const idOf = (place: number) => `9002026112012000${String(place).padStart(40, '0')}`;

function recordOf(place: number, start: number): RunRecord {
  const logs = 40 + (place % 7) * 9;
  const record = makeRecord({
    start: new Date(start).toISOString(),
    end: new Date(start + 2_000).toISOString(),
    startCheckpoint: idOf(place),
    checkpoint: idOf(place + 1),
    logsRead: logs * 2,
    logsProcessed: logs,
    batches: 1,
    events: { 'Success Login': logs - 9, 'Failed Login': 5, [LONG_EVENT]: 3, 'Success Signup': 1 },
    requests: { token: 1, logs: 1, users: 2, segment: 1 },
    // What the first run after an installation is among those after it.
    ...(place === 160 ? { events: { 'Success Login': 9_000 }, logsProcessed: 9_000 } : {}),
  });
  if (place % 17 === 16)
    return { ...record, events: {}, error: { message: LONG_REASON, checkpoint: idOf(place) } };
  if (place % 11 === 10) {
    return { ...record, rejected: [{ logId: idOf(place), call: 'track', reason: LONG_REASON }] };
  }
  return place % 23 === 5 ? { ...record, warning: LONG_REASON } : record;
}

/** Adds a tenant that is switched off, with a name, a domain, reasons and events as long as they come. */
export async function addLongHistory(folder: string, runs: number): Promise<string> {
  const database = await openDatabase({ folder: join(folder, 'data'), clock: systemClock });
  const now = Date.now();
  try {
    await database.tenants.add({
      id: 'long',
      name: LONGEST_NAME,
      origin: 'stored',
      settings: { AUTH0_DOMAIN: `${'d'.repeat(63)}.${'s'.repeat(63)}.eu.auth0.com` },
      schedule: '0 */5 * * * *',
      timeZone: 'UTC',
      isActive: false,
      createdAt: new Date(now).toISOString(),
      dueAt: null,
      version: 1,
    });
    const ended = Array.from({ length: runs }, (_, place) => ({
      id: `run-${place}`,
      record: recordOf(place, now - (runs - place) * 5 * MINUTE),
    }));
    const { state } = database.storeOf('long')({ remaining: () => Number.POSITIVE_INFINITY });
    await state.update((before) => ({ state: { ...before, checkpointId: idOf(runs) }, ended }));
  } finally {
    await database.close();
  }
  return LONGEST_NAME;
}
