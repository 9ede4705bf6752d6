import { request as httpRequest, type RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';
import type { FinishedRun } from '../../../server/runs/runner';
import { addTenant, openTestDashboard, type TestDashboardOptions } from '../dashboard/open-test-dashboard';

/** What a post was answered. */
export interface TriggerAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  error: string;
  message: string;
  /** From sending to the answer. */
  ms: number;
}

/** How a post is sent. */
export interface TriggerPost {
  name?: string;
  path?: string;
  method?: string;
  token?: string | undefined;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** A log as a log stream posts it. */
export const posted = (log_id: string, type = 's') => ({
  log_id,
  data: { log_id, type, date: '2025-03-03' },
});

/** Opens the Dashboard with the tenant acme, and a token for its log stream. */
export async function openTrigger(options: TestDashboardOptions = {}, settings: Record<string, string> = {}) {
  const dashboard = await openTestDashboard(options);
  const { host, port } = dashboard;
  const acme = await addTenant(dashboard, 'acme', settings);
  const token = await host.triggerTokens.rotate(acme.id);
  const outgoing = ({
    name = 'acme',
    path = `/log-streams/${name}`,
    method = 'POST',
    headers,
  }: TriggerPost) =>
    ({ port, host: '127.0.0.1', method, path, headers, agent: false }) satisfies RequestOptions;
  const post = (what: TriggerPost = {}): Promise<TriggerAnswer> =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const { body = JSON.stringify([posted('100')]) } = what;
      const authorization = 'token' in what ? what.token : `Bearer ${token}`;
      const request = httpRequest(
        outgoing({
          ...what,
          headers: {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(body)),
            ...(authorization === undefined ? {} : { authorization }),
            ...what.headers,
          },
        }),
        (response) => {
          const ms = performance.now() - startedAt;
          text(response).then((answer) => {
            const { error = '', message = '' } = answer === '' ? {} : JSON.parse(answer);
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: answer,
              error,
              message,
              ms,
            });
          }, reject);
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  const stateOf = async (name = 'acme') => (await host.logStreams.find(name))?.state;
  return { ...dashboard, acme, token, post, stateOf };
}

/** The runs that a log stream asked for. */
export const forStream = (ended: readonly FinishedRun[]) =>
  ended.filter(({ trigger }) => trigger === 'stream');
