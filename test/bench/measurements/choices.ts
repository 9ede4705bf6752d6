import type { Figure } from '../figure';
import { median } from '../median';
import type { ExtensionOrders } from '../processes/extension';
import type { SandboxOrders } from '../processes/sandbox';
import { type Child, startChild } from '../start-child';
import { workload } from '../workload';

/** Every setting of what goes to Segment, so that none of them makes calls fewer. */
const everyChoice = {
  SEND_IDENTIFY: 'true',
  EXCLUDE_FIELDS: 'user_metadata.biography, identities.*.profileData, picture, app_metadata.roles, *.ssn',
  EVENT_NAMES: 'Segment',
  FAILED_LOGINS: 'All',
  USER_ID_FIELD: 'app_metadata.customer_id',
  ORGANIZATIONS: 'true',
  LOGIN_CONTEXT: 'true',
  CLIENTS: 'Another Shop, Sandbox Shop',
  CONNECTIONS: 'Username-Password-Authentication, google-oauth2, facebook, ad, samlp, oidc, custom',
};

/**
 * What an export with every choice made costs, against one with none, in turn so that whatever else the machine does
 * meets both. Wrong passwords and unknown users are more logs to export: it is counted by the log.
 *
 * @param rounds exports of each
 */
export async function choices(rounds: number): Promise<Figure[]> {
  const variants = [{}, everyChoice].map((secrets) => ({ secrets, costs: [] as number[] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const { secrets, costs } of variants) {
      const sandbox: Child<SandboxOrders> = startChild('sandbox');
      const started = await sandbox.ask('start', workload);
      const extension: Child<ExtensionOrders> = startChild('extension');
      // However slow the machine is, all of it is to be measured.
      await extension.ask('start', { secrets: { ...started.secrets, ...secrets, MAX_RUN_SECONDS: '120' } });
      const run = await extension.ask('cron');
      await extension.stop();
      await sandbox.stop();
      if (run.statusCode !== 200 || run.status.logsRead !== workload.logs) {
        throw new Error(`It read ${run.status.logsRead} logs: ${run.statusCode}`);
      }
      costs.push((run.cpuMs / run.status.logsProcessed) * 1_000);
    }
  }
  const [none = 0, every = 0] = variants.map(({ costs }) => median(costs));
  return [
    {
      measurement: 'Processor time with every choice of what goes to Segment made, against none',
      value: every / none,
      unit: 'times',
      target: { atMost: 1.1 },
      note: `${every.toFixed(0)} against ${none.toFixed(0)} ms per 1,000 exported logs, median of ${rounds}`,
    },
  ];
}
