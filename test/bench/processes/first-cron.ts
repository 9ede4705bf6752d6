import { startHost } from '../start-host';

/** Loads the bundle, answers one cron request, and says so. */
const { secrets, newest } = JSON.parse(process.env.COLD_START ?? '') as {
  secrets: Record<string, string>;
  newest: string;
};
const now = new Date().toISOString();
const { trigger } = startHost(secrets, {
  checkpointId: newest,
  logs: [{ start: now, end: now, checkpoint: newest, logsProcessed: 0 }],
});
const { statusCode, status } = await trigger();
if (statusCode !== 200 || status.logsRead !== 0) throw new Error(`Answered ${statusCode}`);
process.stdout.write('done');
