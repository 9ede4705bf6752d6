'use strict';
// A process of its own, on whichever Node it is started with: loads the bundle in Auth0's webtask-runtime and
// triggers one run. Arguments: the bundle, the secrets as JSON. Writes the answer as a line of JSON.
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const runtime = require('webtask-runtime');

const [, , bundle, secrets] = process.argv;
console.log = () => {};
runtime.compile(readFileSync(bundle, 'utf8'), {}, (error, webtask) => {
  if (error) throw error;
  const handle = runtime.createHandler(webtask, { storage: runtime.createStorage(), token: 'token' });
  const server = createServer((request, response) => {
    const parameters = { container: 'container', url_format: 3, ectx: JSON.parse(secrets), pb: 0 };
    request.headers['x-wt-params'] = Buffer.from(JSON.stringify(parameters)).toString('base64');
    handle(request, response);
  });
  server.listen(0, '127.0.0.1', async () => {
    const response = await fetch(`http://127.0.0.1:${server.address().port}`, {
      method: 'POST',
      headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
      body: JSON.stringify({ schedule: '0 */5 * * * *', state: 'active' }),
    });
    const body = await response.json();
    process.stdout.write(`${JSON.stringify({ node: process.version, statusCode: response.status, body })}\n`);
    process.exit(0);
  });
});
