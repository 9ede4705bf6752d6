import { parseArgs } from 'node:util';
import { Cron } from 'croner';
import { formatRunSummary } from '../../server/cli/describe-run';
import { manifest } from '../../server/manifest';
import { startAuthorization } from '../../server/sandbox/authorization';
import { startSandbox } from '../../server/sandbox/sandbox';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { startWebtask } from '../support/start-webtask';

/**
 * The committed bundle in Auth0's webtask-runtime, as the gallery's platform runs it, on a sandbox in which somebody
 * signs up, logs in or fails to every few seconds: for looking at.
 */
const { values } = parseArgs({
  options: {
    /** Six fields, seconds first. */
    schedule: { type: 'string', default: manifest.schedule },
    /** Of the page; 0 for a free one. */
    port: { type: 'string', default: '3000' },
  },
});

const STEP_MS = 4_000;
const FIRST_LOGS = 500;
/** More than will ever be made: logs exist only when they are asked for. */
const ENDLESS = 1_000_000_000;

const start = Date.now() - FIRST_LOGS * STEP_MS;
const logsOf = (count: number) => generateLogs({ count, users: 100, start, stepMs: STEP_MS });
const all = logsOf(ENDLESS);
const sandbox = await startSandbox({ tenant: { logs: logsOf(FIRST_LOGS), tokenLogs: true } });
const authorization = await startAuthorization();
const webtask = await startWebtask({
  secrets: {
    ...sandbox.secrets(),
    AUTH0_RTA: authorization.rta,
    // No Auth0 Dashboard is here to lead to.
    AUTH0_MANAGE_URL: `http://${authorization.rta}`,
  },
  port: Number(values.port),
}).catch((error: unknown) => {
  console.error(`Port ${values.port} cannot be used (${String(error)}). Name another one: --port 0`);
  process.exit(1);
});
webtask.secrets.WT_URL = webtask.url;

let made = FIRST_LOGS;
const logins = setInterval(() => {
  sandbox.tenant.addLog(all.at(made));
  made += 1;
}, STEP_MS);

const run = async () => {
  const at = new Date().toLocaleTimeString('en-GB');
  const { statusCode, body } = await webtask.cron();
  console.log(`${at}  ${statusCode}  ${body.status ? formatRunSummary(body.status) : JSON.stringify(body)}`);
};

console.log(`The extension in Auth0's webtask-runtime, on a sandbox.
  Page      ${webtask.url}
  Schedule  ${values.schedule}
Ctrl-C ends it. Each run, with the status of its answer:`);
await run();
// Where a run takes longer than its interval, the platform triggers the next one all the same.
const cron = new Cron(values.schedule, { mode: '6-part' }, run);

const end = () => {
  cron.stop();
  clearInterval(logins);
  Promise.all([webtask.close(), sandbox.close(), authorization.close()]).then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.once('SIGINT', end);
process.once('SIGTERM', end);
