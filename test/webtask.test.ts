import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createWebtask, type WebtaskContext, type WebtaskRequest } from '../src/webtask';
import { platformStorage } from './support/platform-storage';

const token = 'webtask-token-1';
const job = { schedule: '0 */5 * * * *', state: 'active', name: 'export' };

interface Host {
  /** What the platform adds to the context for this request, from its body. */
  context?: (body: string) => Partial<WebtaskContext>;
  /** What the platform adds to the request, from its body. */
  request?: (body: string) => Partial<WebtaskRequest>;
  /** Whether the platform has read the body before the webtask sees the request. */
  reads?: boolean;
  runJob?: (context: WebtaskContext) => Promise<{ statusCode: number; body: object }>;
  runApp?: (request: IncomingMessage) => void;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

/** A webtask on a real server, and what it was asked to do. */
async function listen(host: Host = {}) {
  const did: string[] = [];
  const webtask = createWebtask({
    loadJob: async () => {
      did.push('load job');
      return async (context) => {
        did.push('job');
        return host.runJob?.(context) ?? { statusCode: 200, body: { status: { logsRead: 0 } } };
      };
    },
    loadApp: async () => {
      did.push('load app');
      return (_context, request, response) => {
        did.push(`app ${request.url}`);
        host.runApp?.(request);
        response.end('app');
      };
    },
  });
  expect(webtask).toHaveLength(3);
  const server = createServer(async (request, response) => {
    const body = host.reads ? await textOf(request) : '';
    Object.assign(request, host.request?.(body));
    webtask({ token, storage: platformStorage().handle(), ...host.context?.(body) }, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const post = async (body: string, { path = '/', authorization = `Bearer ${token}` } = {}) => {
    const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
    const response = await fetch(url + path, { method: 'POST', body, headers });
    return { status: response.status, body: await response.text(), headers: response.headers };
  };
  return { url, port, post, did };
}

const errorOf = ({ body }: { body: string }) => (JSON.parse(body) as { error: string }).error;

describe('the cron door', () => {
  test('runs the job for the right token and an active job, and answers its result', async () => {
    const { post, did } = await listen({
      runJob: async () => ({
        statusCode: 500,
        body: { status: { error: { message: 'x' } }, checkpoint: '7' },
      }),
    });
    const answer = await post(JSON.stringify(job));
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      500,
      { status: { error: { message: 'x' } }, checkpoint: '7' },
    ]);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(did).toEqual(['load job', 'job']);
  });

  test.each(['', 'Bearer', 'Bearer wrong', `Basic ${token}`, 'Bearer undefined'])(
    'refuses %j with 401, without reading the body or loading the job',
    async (authorization) => {
      const { post, did } = await listen();
      const answer = await post(JSON.stringify(job), { authorization });
      expect([answer.status, errorOf(answer)]).toEqual([401, 'unauthorized']);
      expect(did).toEqual([]);
    },
  );

  test.each([undefined, '', null])('refuses everyone where the context has no token (%j)', async (none) => {
    const { post, did } = await listen({ context: () => ({ token: none }) });
    for (const authorization of [`Bearer ${token}`, 'Bearer undefined', 'Bearer null', '']) {
      const answer = await post(JSON.stringify(job), { authorization });
      // Not a 401, which would say that the caller is wrong.
      expect([answer.status, errorOf(answer)]).toEqual([500, 'no_webtask_token']);
      expect(answer.body).toContain('Install the extension again');
    }
    expect(did).toEqual([]);
  });

  test.each([
    '',
    'not JSON',
    'null',
    '[]',
    '"active"',
    '7',
    '{}',
    '{"schedule":"0 */5 * * * *"}',
    '{"state":"active"}',
    '{"schedule":"0 */5 * * * *","state":"inactive"}',
    '{"schedule":7,"state":"active"}',
    '{"schedule":"","state":"active"}',
    '{"schedule":"x","state":["active"]}',
    '{"__proto__":{"schedule":"x","state":"active"}}',
    '[{"schedule":"x","state":"active"}]',
  ])('refuses the body %j with 400, and runs nothing', async (body) => {
    const { post, did } = await listen();
    const answer = await post(body);
    expect([answer.status, errorOf(answer)]).toEqual([400, 'invalid_cron_job']);
    expect(did).toEqual([]);
  });

  test('answers a body of megabytes with 400, not with a broken connection', async () => {
    const { post, did } = await listen();
    for (const padding of [64 * 1024, 4 * 1024 * 1024]) {
      const answer = await post(JSON.stringify({ ...job, padding: 'x'.repeat(padding) }));
      expect([answer.status, errorOf(answer)]).toEqual([400, 'invalid_cron_job']);
    }
    expect((await post(JSON.stringify({ ...job, padding: 'x'.repeat(60_000) }))).status).toBe(200);
    expect(did.filter((what) => what === 'job')).toHaveLength(1);
  });

  test('survives a client that goes away halfway through its body', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => logged.mockRestore());
    const { port, post, did } = await listen();
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `POST / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-length: 100\r\n\r\n{"sche`,
    );
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    expect((await post(JSON.stringify(job))).status).toBe(200);
    expect(did).toEqual(['load job', 'job']);
  });

  test('does not tell what a fault of its own was', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => logged.mockRestore());
    const { post } = await listen({ runJob: () => Promise.reject(new TypeError('secret-1')) });
    const answer = await post(JSON.stringify(job));
    expect([answer.status, errorOf(answer)]).toEqual([500, 'internal_error']);
    expect(answer.body + JSON.stringify(logged.mock.calls)).not.toContain('secret-1');
    expect(logged.mock.calls).toEqual([['request failed: TypeError']]);
  });
});

describe('a body that the platform has read', () => {
  const parsed = (body: string): unknown => JSON.parse(body);
  const hosts: Record<string, Host> = {
    'as an object in the context': { context: (body) => ({ body: parsed(body) }) },
    'as an object on the request': { request: (body) => ({ body: parsed(body) }) },
    'as text in the context': { context: (body) => ({ body }) },
    'as raw text in the context': { context: (body) => ({ body_raw: body }) },
    'as raw text on the request': { request: (body) => ({ raw_body: body }) },
  };

  test.each(Object.entries(hosts))('is understood %s', async (_where, host) => {
    const { post, did } = await listen({ ...host, reads: true });
    expect((await post(JSON.stringify(job))).status).toBe(200);
    expect((await post('{"schedule":"x","state":"inactive"}')).status).toBe(400);
    expect(did).toEqual(['load job', 'job']);
  });

  test('does not hang when it is left nowhere', async () => {
    const { post } = await listen({ reads: true });
    expect((await post(JSON.stringify(job))).status).toBe(400);
  });

  test('describes no job by what its prototype was made to say', async () => {
    const merged = (body: string) => Object.assign({}, parsed(body));
    const { post, did } = await listen({ reads: true, context: (body) => ({ body: merged(body) }) });
    expect((await post('{"__proto__":{"schedule":"x","state":"active"}}')).status).toBe(400);
    expect(did).toEqual([]);
  });
});

describe('everything else goes to the app', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/login'],
    ['POST', '/login/callback'],
    ['DELETE', '/.extensions/on-uninstall'],
    ['PUT', '/'],
    ['HEAD', '/'],
  ])('%s %s', async (method, path) => {
    const { url, did } = await listen();
    const response = await fetch(url + path, { method, headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(200);
    expect(did).toEqual(['load app', `app ${path}`]);
  });

  test('wherever the webtask is mounted, only a POST to its own address is the cron door', async () => {
    const mounts = [
      { x_wt: { container: 'tenant', jtn: 'foo', url_format: 1 }, base: '/api/run/tenant/foo' },
      { x_wt: { container: 'tenant', jtn: 'foo', url_format: 2 }, base: '/tenant/foo' },
      { x_wt: { container: 'tenant', jtn: 'foo', url_format: 2 }, base: '/foo' },
      { x_wt: { container: 'tenant', jtn: 'foo', url_format: 3 }, base: '/foo' },
    ];
    for (const { x_wt, base } of mounts) {
      const { post, did } = await listen({ request: () => ({ x_wt }) });
      for (const path of [base, `${base}/`, `${base}?webtask_no_cache=1`, `${base}/?x=1`]) {
        expect((await post(JSON.stringify(job), { path })).body).toContain('logsRead');
      }
      for (const path of [`${base}/login/callback`, `${base}bar`, `${base}//`]) {
        expect((await post(JSON.stringify(job), { path })).body).toBe('app');
      }
      expect(did.filter((what) => what === 'job')).toHaveLength(4);
    }
  });

  test('a fault of the app is answered', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => logged.mockRestore());
    const { url } = await listen({
      runApp: () => {
        throw new Error('secret-1');
      },
    });
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('secret-1')]);
  });
});
