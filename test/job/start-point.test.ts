import { expect, test } from 'vitest';
import { findStartPoint } from '../../src/job/start-point';
import { startClients } from '../auth0/start-clients';

/** In the order of their dates, which the sandbox has only together with that of their ids. */
const BY_DATE = [
  { log_id: '90030', type: 's', date: '2026-03-01T12:00:01.000Z' },
  { log_id: '90010', type: 's', date: '2026-03-01T12:00:02.000Z' },
  { log_id: '90020', type: 's', date: '2026-03-01T12:00:03.000Z' },
];

test('of logs that Auth0 sorts by date, the export starts with the first by id: the others would be left out', async () => {
  const { logs } = startClients({
    domain: 'tenant.example',
    clientId: 'client',
    clientSecret: 'a-client-secret',
    fetch: async (input) =>
      new URL(input instanceof Request ? input.url : input).pathname === '/oauth/token'
        ? Response.json({ access_token: 'a-token', expires_in: 86_400 })
        : Response.json(BY_DATE),
  });
  const at = Date.parse('2026-03-01T12:00:00Z');
  expect(await findStartPoint(logs, { kind: 'at', at })).toMatchObject({ id: '90010' });
  expect(await findStartPoint(logs, { kind: 'oldest' })).toMatchObject({ id: '90010' });
});
