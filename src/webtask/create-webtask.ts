import type { ServerResponse } from 'node:http';
import { basePath } from './base-path';
import { describesCronJob } from './describes-cron-job';
import { isToken } from './is-token';
import type { WebtaskContext, WebtaskRequest } from './webtask-context';

/** A webtask as the platform calls it. */
export type Webtask = (context: WebtaskContext, request: WebtaskRequest, response: ServerResponse) => void;

/** The two halves of the extension; each is loaded when it is first asked for. */
export interface WebtaskParts {
  /** One execution of the export. */
  loadJob: () => Promise<(context: WebtaskContext) => Promise<{ statusCode: number; body: object }>>;
  /** Everything that is not cron: the extension's page and its doors. */
  loadApp: () => Promise<Webtask>;
}

function answer(response: ServerResponse, statusCode: number, body: object): void {
  response.writeHead(statusCode, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(body));
}

/**
 * Makes the webtask. A POST to its own address is the platform's cron trigger, or nothing; every other
 * request goes to the app. The trigger must carry the webtask's own token, and describe an active job. Where
 * the platform has passed no token, no trigger can be right, and that is said to be the platform's fault.
 *
 * @returns the function that the platform calls, with the three parameters by which it knows it
 */
export function createWebtask({ loadJob, loadApp }: WebtaskParts): Webtask {
  const handle = async (context: WebtaskContext, request: WebtaskRequest, response: ServerResponse) => {
    const path = (request.url ?? '/').split('?', 1)[0]?.slice(basePath(request).length) ?? '';
    if (request.method !== 'POST' || (path !== '' && path !== '/')) {
      const app = await loadApp();
      app(context, request, response);
      return;
    }
    if (typeof context.token !== 'string' || context.token === '') {
      answer(response, 500, {
        error: 'no_webtask_token',
        message:
          "The platform passed no token to this webtask (context.token is missing), so its triggers cannot be told from anyone else's, and nothing runs. Install the extension again; if that changes nothing, the platform does not support it: run it yourself, as the README describes.",
      });
      return;
    }
    if (!isToken(request.headers.authorization, context.token)) {
      answer(response, 401, {
        error: 'unauthorized',
        message: 'Only the platform may trigger a run, with the token of this webtask.',
      });
      return;
    }
    if (!(await describesCronJob(context, request))) {
      answer(response, 400, {
        error: 'invalid_cron_job',
        message:
          'The body must be the cron job that is to run: JSON with its schedule, and with "state": "active".',
      });
      return;
    }
    const runJob = await loadJob();
    const result = await runJob(context);
    answer(response, result.statusCode, result.body);
  };

  return (context, request, response) => {
    handle(context, request, response).catch((error: unknown) => {
      // The message may hold anything; the name says what kind of fault it is.
      console.error(`request failed: ${error instanceof Error ? error.name : typeof error}`);
      if (response.headersSent) response.destroy();
      else answer(response, 500, { error: 'internal_error', message: 'The request could not be handled.' });
    });
  };
}
