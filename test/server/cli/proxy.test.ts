import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { PROXY_CA, startConnectProxy } from '../../support/connect-proxy';
import { temporaryFolder } from '../../support/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';
import { startProcess } from './start-process';

const CREDENTIALS = 'exporter:Pass%20word9';

/** Opens a sandbox behind a proxy, and an exporter whose tenant, Segment and Slack have their public names. */
async function openWorld() {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 60, users: 10 }) } });
  const proxy = await startConnectProxy(
    {
      'acme.eu.auth0.com': sandbox.tenant.url,
      'api.segment.io': sandbox.segment.url,
      'hooks.slack.com': sandbox.slack.url,
    },
    decodeURIComponent(CREDENTIALS),
  );
  const ca = join(await temporaryFolder(), 'proxy-ca.pem');
  await writeFile(ca, PROXY_CA);
  const secrets = sandbox.secrets();
  const env = {
    AUTH0_DOMAIN: 'acme.eu.auth0.com',
    AUTH0_CLIENT_ID: secrets.AUTH0_CLIENT_ID ?? '',
    AUTH0_CLIENT_SECRET: secrets.AUTH0_CLIENT_SECRET ?? '',
    SEGMENT_KEY: secrets.SEGMENT_KEY ?? '',
    SLACK_INCOMING_WEBHOOK: `https://hooks.slack.com${new URL(sandbox.slack.webhookUrl).pathname}`,
    SLACK_SEND_SUCCESS: 'true',
    ALLOW_PRIVATE_HOSTS: '',
  };
  const run = async (more: Record<string, string>) => {
    const { exit, out, err } = await startProcess(['run'], { env: { ...env, ...more } });
    return { code: await exit, out: out(), err: err() };
  };
  const urlOf = (credentials: string) => `http://${credentials}@127.0.0.1:${proxy.port}`;
  return { sandbox, proxy, ca, run, urlOf };
}

test('a run goes through a proxy that requires a password and inspects TLS', async () => {
  const { sandbox, proxy, ca, run, urlOf } = await openWorld();
  const { code, err } = await run({ HTTPS_PROXY: urlOf(CREDENTIALS), NODE_EXTRA_CA_CERTS: ca });
  expect(code, err).toBe(0);
  expect(new Set(proxy.connected)).toEqual(
    new Set(['acme.eu.auth0.com:443', 'api.segment.io:443', 'hooks.slack.com:443']),
  );
  const selected = [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id);
  expect(sandbox.segment.ids('track').size).toBe(selected.length);
  expect(sandbox.slack.messages).toHaveLength(1);
});

test('a run names the proxy and the password as the cause of a 407, and does not retry', async () => {
  const { proxy, ca, run, urlOf } = await openWorld();
  const { code, out, err } = await run({ https_proxy: urlOf('exporter:Wrong9'), NODE_EXTRA_CA_CERTS: ca });
  expect(code).toBe(1);
  expect(out + err).toMatch(/the proxy returned 407\. Check the user and the password in HTTPS_PROXY/);
  expect(out + err).not.toContain('Wrong9');
  expect(proxy.refused).toBeLessThanOrEqual(2);
});

test('a run names NODE_EXTRA_CA_CERTS if the certificate of the proxy is unknown, and does not retry', async () => {
  const { proxy, run, urlOf } = await openWorld();
  const { code, out, err } = await run({ HTTPS_PROXY: urlOf(CREDENTIALS) });
  expect(code).toBe(1);
  expect(out + err).toMatch(/certificate.*NODE_EXTRA_CA_CERTS/s);
  expect(proxy.connected.length).toBeLessThanOrEqual(2);
});

test('a host that NO_PROXY names is reached directly, and the address guard still checks it', async () => {
  const { proxy, ca, run, urlOf } = await openWorld();
  const { code, out, err } = await run({
    AUTH0_DOMAIN: 'localhost',
    ALL_PROXY: urlOf(CREDENTIALS),
    NO_PROXY: 'localhost,example.com',
    NODE_EXTRA_CA_CERTS: ca,
  });
  expect(code).toBe(1);
  expect(out + err).toMatch(/ALLOW_PRIVATE_HOSTS=true/);
  // Slack, where the failure is reported.
  expect(proxy.connected).toEqual(['hooks.slack.com:443']);
});

test.each(['10.0.0.5', 'auth0.internal', 'tenant.local', '[::1]'])(
  'a proxy is not asked for %s: private addresses and local names are refused by their text',
  async (domain) => {
    const { proxy, ca, run, urlOf } = await openWorld();
    const { code, out, err } = await run({
      AUTH0_DOMAIN: domain,
      HTTPS_PROXY: urlOf(CREDENTIALS),
      NODE_EXTRA_CA_CERTS: ca,
    });
    expect(code).not.toBe(0);
    expect(out + err).toMatch(/private network|AUTH0_DOMAIN/);
    expect(proxy.connected.filter((target) => target !== 'hooks.slack.com:443')).toEqual([]);
  },
);
