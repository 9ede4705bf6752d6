import { requestToken } from '../request-token';

/** The two requests of a run that finds nothing new, with nothing but Node's own fetch: the floor of a start. */
const { secrets, newest } = JSON.parse(process.env.COLD_START ?? '') as {
  secrets: Record<string, string>;
  newest: string;
};
const page = await fetch(`http://${secrets.AUTH0_DOMAIN}/api/v2/logs?from=${newest}&take=100`, {
  headers: { authorization: `Bearer ${await requestToken(secrets)}` },
});
if (((await page.json()) as unknown[]).length !== 0) throw new Error('There are new logs');
process.stdout.write('done');
