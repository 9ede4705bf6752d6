import { createTenant } from '../../src/auth0/client';
import { getLogPage } from '../../src/auth0/logs';
import { createDeadline, systemClock } from '../../src/time';

/**
 * A process of its own: reads a page, asks for another that never comes, and gives the run up. Prints what
 * came of it as JSON, and ends as soon as nothing keeps it alive.
 *
 * Arguments: the tenant's domain, client id and client secret.
 */
const [domain = '', clientId = '', clientSecret = ''] = process.argv.slice(2);
const deadline = createDeadline({ clock: systemClock, budgetMs: 22_000 });
let pages = 0;

const { logs } = createTenant({
  domain,
  clientId,
  clientSecret,
  clock: systemClock,
  deadline,
  random: Math.random,
  redact: (text) => text,
  onRequest: () => {},
  onToken: () => {},
  fetch: (input, init) => {
    const answer = fetch(input, init);
    if (String(input).includes('/logs')) pages += 1;
    if (pages === 2) setImmediate(deadline.abort);
    return answer;
  },
});

await getLogPage(logs, {});
const failed = await getLogPage(logs, {}).then(
  () => false,
  () => true,
);
console.log(JSON.stringify({ failed, pages }));
