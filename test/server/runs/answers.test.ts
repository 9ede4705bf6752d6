import { expect, test } from 'vitest';
import { serviceOf } from '../../../server/runs/answers';

test('an origin belongs to the service whose setting names its host, however that is written', () => {
  const settings = {
    AUTH0_DOMAIN: 'Tenant.EU.Auth0.com.',
    SLACK_INCOMING_WEBHOOK: 'https://Chat.Example.com/hooks/secret',
    SEGMENT_ENDPOINT: 'http://LOCALHOST:3000/',
  };
  const origins = [
    'https://tenant.eu.auth0.com',
    'https://chat.example.com',
    'http://localhost:3000',
    'http://localhost:300',
  ];
  expect(origins.map((origin) => serviceOf(origin, settings))).toEqual([
    'auth0',
    'slack',
    'segment',
    'other',
  ]);
});
