import { createRequire } from 'node:module';

/** Loads the published stack, and says so. */
const require = createRequire(new URL('../../../../test/bench/package.json', import.meta.url));
for (const name of ['auth0-extension-express-tools', 'auth0-log-extension-tools', 'analytics-node']) {
  require(name);
}
process.stdout.write('done');
