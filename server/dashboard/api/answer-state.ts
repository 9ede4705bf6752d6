import type { RequestHandler } from 'express';
import * as v from 'valibot';
import type { Host } from '../../host/host';
import { manifest } from '../../host/installation/manifest';
import { parseSchedule } from '../../host/schedule/parse-schedule';
import type { DashboardParts } from '../dashboard-parts';
import type { DashboardState, ExecutionSummary, InstalledState } from '../dashboard-state';
import { toFields } from '../settings/to-fields';
import { outcomeOf } from './outcome-of';

const stored = v.object({ checkpointId: v.nullish(v.string(), null) });

function installedState(
  host: Host,
  givenSchedule: string | undefined,
  isSandbox: boolean,
): InstalledState | null {
  const { installed } = host;
  if (!installed) return null;
  const document = v.safeParse(stored, host.storage.document());
  return {
    at: installed.at,
    tenant: isSandbox ? 'the sandbox' : (host.secrets('').AUTH0_DOMAIN ?? ''),
    job: installed.job,
    words: parseSchedule(installed.job.schedule, installed.job.tz).words,
    isScheduleGiven: givenSchedule !== undefined,
    isRunning: host.runner.isRunning,
    checkpoint: document.success ? document.output.checkpointId : null,
  };
}

/** `GET /api/state`: everything that the Dashboard shows but the details of executions. */
export function answerState({ host, schedule, timeZone, sandbox, access }: DashboardParts): RequestHandler {
  return (_request, response) => {
    const { title, name, version, author, description } = manifest;
    const executions: ExecutionSummary[] = host.history
      .list()
      .map((execution) => {
        const { body: _body, lines: _lines, linesLeftOut: _leftOut, ...shown } = execution;
        return { ...shown, outcome: outcomeOf(execution) };
      })
      .reverse();
    const state: DashboardState = {
      now: new Date(host.now()).toISOString(),
      extension: {
        title,
        name,
        version,
        author,
        description,
        schedule: schedule ?? manifest.schedule,
      },
      timeZone,
      hasPassword: access.hasPassword,
      fields: toFields(host.installed?.settings ?? {}, host.given),
      installed: installedState(host, schedule, sandbox !== null),
      executions,
      sandbox,
    };
    response.json(state);
  };
}
