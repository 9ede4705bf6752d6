'use strict';
// A process of its own, so that nothing of the bundle has run before: loads it in Auth0's webtask-runtime and sends
// it one request. Arguments: the bundle, the secrets as JSON, the request's method. Writes as a line of JSON the
// answer's status, and which functions of the bundle exist and how often each was called, `[start, end, calls]`.
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { Session } = require('node:inspector/promises');
const runtime = require('webtask-runtime');

const [, , bundle, secrets, method] = process.argv;
const code = readFileSync(bundle, 'utf8');
console.log = () => {};

async function send(webtask) {
  const handle = runtime.createHandler(webtask, { storage: runtime.createStorage(), token: 'token' });
  const server = createServer((request, response) => {
    const parameters = { container: 'container', url_format: 3, ectx: JSON.parse(secrets), pb: 0 };
    request.headers['x-wt-params'] = Buffer.from(JSON.stringify(parameters)).toString('base64');
    handle(request, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { status } = await fetch(`http://127.0.0.1:${server.address().port}`, {
    method,
    redirect: 'manual',
    headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: JSON.stringify({ schedule: '0 */5 * * * *', state: 'active' }) } : {}),
  });
  return status;
}

async function main() {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  const webtask = await new Promise((resolve, reject) => {
    runtime.compile(code, { filename: 'bundle.js' }, (error, compiled) =>
      error ? reject(error) : resolve(compiled),
    );
  });
  const status = method === 'none' ? undefined : await send(webtask);
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const { functions } = result.find(({ url }) => url.endsWith('bundle.js'));
  const calls = functions.map(({ ranges: [{ startOffset, endOffset, count }] }) => [
    startOffset,
    endOffset,
    count,
  ]);
  process.stdout.write(`${JSON.stringify({ status, calls })}\n`, () => process.exit(0));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
