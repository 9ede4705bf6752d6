import type { RequestHandler } from 'express';
import * as v from 'valibot';
import type { DashboardParts } from '../dashboard-parts';
import { needInstalled } from './need-installed';
import { parseInput } from './parse-input';

const input = v.object({ state: v.picklist(['active', 'inactive']) });

/** `POST /api/job/state`: lets the job run, or not. A run under way goes on to its end. */
export function switchJob({ host }: DashboardParts): RequestHandler {
  return async (request, response) => {
    const { state } = parseInput(input, request.body);
    await host.update((installed) => {
      const now = needInstalled({ installed });
      return { ...now, job: { ...now.job, state } };
    });
    response.status(204).end();
  };
}
