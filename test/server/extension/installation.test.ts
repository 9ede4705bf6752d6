import { expect, test } from 'vitest';
import { readInstallation } from '../../../server/extension/installation';

test('the tenant and the sign-in server are known by their host names in lower case', () => {
  const secrets = {
    AUTH0_DOMAIN: 'Tenant.EU.Auth0.com.',
    AUTH0_RTA: 'https://Auth0.Auth0.com/',
    EXTENSION_SECRET: 'extension-secret-5Yh1Lr7d',
    WT_URL: 'https://Tenant.EU12.webtask.io/segment',
  };
  expect(readInstallation(secrets, 'host.example', '')).toMatchObject({
    domain: 'tenant.eu.auth0.com',
    rta: 'auth0.auth0.com',
    baseUrl: 'https://tenant.eu12.webtask.io/segment',
  });
});
