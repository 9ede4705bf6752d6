import { expect, test } from 'vitest';
import { openExporter } from '../support/open-exporter';
import { trackId } from '../support/track-id';

const USER = { user_id: 'auth0|ada', name: 'Ada Lovelace', updated_at: '2026-03-01T11:00:00.000Z' };
const NULLS = Object.fromEntries(
  ['organization_id', 'hostname', 'audience', 'location_info', 'connection', 'client_name'].map((field) => [
    field,
    null,
  ]),
);

/** Exports logs as they are, in the order of their ids, and returns Segment's tracks. */
async function exportLogs(entries: readonly object[]) {
  const opened = await openExporter({
    tenant: { users: [USER] },
    // The sandbox gives every log an id and a date of its own.
    fetch: async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      if (url.pathname !== '/api/v2/logs') return fetch(input, init);
      const from = url.searchParams.get('from') ?? '';
      const idOf = (entry: object) =>
        String(Object.entries(entry).find(([name]) => /^(log)?_id$/.test(name))?.[1]);
      return Response.json(entries.filter((entry) => idOf(entry) > from));
    },
  });
  const record = await opened.record();
  return { ...opened, record, tracks: opened.sandbox.segment.tracks() };
}

test.each([
  ['without a date', {}],
  ['whose date is null', { date: null }],
  ['whose date is an object', { date: { $date: '2026-03-01T12:00:00.000Z' } }],
])('a log %s is exported with the time of its log_id', async (_what, date) => {
  const log_id = '90020260301120001250000000000001001223372036854775807';
  const { record, tracks, sandbox } = await exportLogs([
    { log_id, type: 's', user_id: USER.user_id, ...date },
  ]);
  expect(record).toMatchObject({
    rejected: [],
    checkpoint: log_id,
    checkpointDate: '2026-03-01T12:00:01.250Z',
  });
  expect(tracks).toMatchObject([
    {
      messageId: trackId(sandbox, log_id),
      userId: USER.user_id,
      originalTimestamp: '2026-03-01T12:00:01.250Z',
    },
  ]);
});

test('logs whose only id is a 24-hex _id are exported in order, once each', async () => {
  const ids = ['69a42b4169a42b4169a42b41', '69a42b4269a42b4169a42b41', '69a42b4269a42b4169a42b42'];
  const { record, tracks, sandbox } = await exportLogs(
    ids.map((_id) => ({ _id, type: 's', user_id: USER.user_id, ...NULLS })),
  );
  expect(record).toMatchObject({ rejected: [], checkpoint: ids[2] });
  expect(tracks.map(({ messageId }) => messageId)).toEqual(ids.map((id) => trackId(sandbox, id)));
  expect(tracks.map(({ originalTimestamp }) => originalTimestamp)).toEqual([
    '2026-03-01T12:04:17.000Z',
    '2026-03-01T12:04:18.000Z',
    '2026-03-01T12:04:18.000Z',
  ]);
});

test('logs with ids of 49 digits and nulls in all optional fields are exported, a null user is skipped', async () => {
  const ids = [1, 2, 3].map((position) => `900202603011200012500000000000000000000000000000${position}`);
  const date = '2026-03-01T12:00:00.000Z';
  const { record, tracks } = await exportLogs(
    ids.map((log_id, position) => ({
      log_id,
      date,
      type: position === 1 ? 'f' : 's',
      user_id: position === 1 ? null : USER.user_id,
      connection_id: '',
      ...NULLS,
    })),
  );
  expect(ids[0]).toHaveLength(49);
  expect(record).toMatchObject({ rejected: [], skipped: 1, checkpoint: ids[2] });
  expect(tracks.map(({ originalTimestamp }) => originalTimestamp)).toEqual([date, date]);
});
