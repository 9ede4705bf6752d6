import { describe, expect, test } from 'vitest';
import { unwrapError } from '../../src/auth0/errors';
import { getLogPage } from '../../src/auth0/logs';
import type { ExportError } from '../../src/errors';
import { openTenant } from './open-tenant';

const html = '<!doctype html><title>Access denied</title>';

/** A refusal of Auth0, or of something in between. */
interface Case {
  what: string;
  status: number;
  body: string;
  code: string;
  says: RegExp;
}

const tokenError = (error: string, error_description: string) => JSON.stringify({ error, error_description });
const apiError = (statusCode: number, message: string, errorCode?: string) =>
  JSON.stringify({ statusCode, error: 'Forbidden', message, errorCode });

/** Returns the failure of a page of logs that is refused for good, and the requests of the endpoint. */
async function refuse(endpoint: 'token' | 'logs', { status, body }: Pick<Case, 'status' | 'body'>) {
  const { logs, sandbox } = await openTenant();
  const contentType = body.startsWith('<') ? 'text/html' : 'application/json';
  const fault = { kind: 'status', status, body, contentType, headers: { server: 'squid/6.6' } } as const;
  sandbox.faults.add({ endpoint, times: Number.POSITIVE_INFINITY, fault });
  const failure = unwrapError(await getLogPage(logs, {}).catch((error: unknown) => error));
  return { failure: failure as ExportError, requests: sandbox.requests[endpoint] };
}

describe('a request for an access token', () => {
  test.each<Case>([
    {
      what: 'with wrong credentials',
      status: 401,
      body: tokenError('access_denied', 'Unauthorized'),
      code: 'auth0_credentials',
      says: /Copy AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET/,
    },
    {
      what: 'to a custom domain',
      status: 403,
      body: tokenError('access_denied', 'Service not enabled within domain: https://login.acme.com/api/v2/'),
      code: 'auth0_custom_domain',
      says: /Set AUTH0_DOMAIN to the tenant's own domain, such as TENANT\.REGION\.auth0\.com/,
    },
    {
      what: 'of an application without a grant',
      status: 403,
      body: tokenError(
        'access_denied',
        'Client is not authorized to access "https://acme.auth0.com/api/v2/".',
      ),
      code: 'auth0_not_authorized',
      says: /Authorize the application for the Auth0 Management API/,
    },
    {
      what: 'of an application that is no machine-to-machine application',
      status: 403,
      body: tokenError('unauthorized_client', "Grant type 'client_credentials' not allowed for the client."),
      code: 'auth0_grant_type',
      says: /Allow the grant type Client Credentials/,
    },
    {
      what: 'that an Action denies',
      status: 403,
      body: tokenError('access_denied', 'Denied by policy.'),
      code: 'auth0_refused',
      says: /Auth0 says: "Denied by policy"\. Resolve what Auth0's message names/,
    },
    { what: 'that a proxy blocks', status: 403, body: html, code: 'auth0_blocked', says: /"squid\/6\.6"/ },
    { what: 'with no tenant', status: 404, body: html, code: 'auth0_unexpected', says: /check AUTH0_DOMAIN/ },
  ])('$what fails at once with $code', async ({ code, says, ...answer }) => {
    const { failure, requests } = await refuse('token', answer);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(says) });
    expect(requests).toBe(1);
  });
});

describe('a request for logs', () => {
  test.each<Case>([
    {
      what: 'without the scope',
      status: 403,
      body: apiError(403, 'Insufficient scope, expected any of: read:logs.', 'insufficient_scope'),
      code: 'auth0_forbidden',
      says: /The application lacks the scope read:logs\. Grant it/,
    },
    {
      what: 'beyond the plan, with the code of a missing scope',
      status: 403,
      body: apiError(403, 'Please upgrade your subscription to use this feature.', 'insufficient_scope'),
      code: 'auth0_refused',
      says: /Auth0 says: "Please upgrade your subscription to use this feature"\. Resolve/,
    },
    {
      what: 'beyond an entitlement',
      status: 403,
      body: apiError(403, 'Your plan has no log access.', 'insufficient_entitlement'),
      code: 'auth0_refused',
      says: /Auth0 says: "Your plan has no log access"/,
    },
    {
      what: 'that an edge blocks',
      status: 403,
      body: html,
      code: 'auth0_blocked',
      says: /not from Auth0's API but from a server that calls itself "squid\/6\.6"\. Allow requests/,
    },
    { what: 'at a login page', status: 401, body: html, code: 'auth0_blocked', says: /Allow requests/ },
  ])('$what fails at once with $code', async ({ code, says, ...answer }) => {
    const { failure } = await refuse('logs', answer);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(says) });
    if (code !== 'auth0_forbidden') expect(failure.message).not.toContain('lacks the scope');
  });

  test('is not retried after a certificate error', async () => {
    const expired = Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' });
    const { logs, sent, clock } = await openTenant(
      {},
      { fetch: () => Promise.reject(new TypeError('fetch failed', { cause: expired })) },
    );
    const failure = unwrapError(await getLogPage(logs, {}).catch((error: unknown) => error));
    expect(failure).toMatchObject({ code: 'tls_expired' });
    expect([sent, clock.asked]).toEqual([['token'], []]);
  });
});
