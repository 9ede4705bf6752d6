import type { RequestHandler } from 'express';
import * as v from 'valibot';
import { manifest } from '../../manifest';
import { type Execution, messageOf, recordOf } from '../../runs/executions';
import type { Host } from '../../runs/host';
import { parseSchedule } from '../../runs/schedule';
import { HttpError } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { needSession } from './input';
import { toFields } from './settings';
import type { DashboardState, ExecutionSummary, InstalledState } from './types';

/** `GET /api/executions/{id}`: an execution with its answer and what it logged. */
export function answerExecution({ host }: DashboardDependencies): RequestHandler {
  return (request, response) => {
    const execution = host.history.list().find(({ id }) => String(id) === request.params.id);
    if (!execution) {
      throw new HttpError(
        404,
        'no_execution',
        'There is no such execution, or it is too long ago to be kept.',
      );
    }
    response.json(execution);
  };
}

const number = (value: number) => value.toLocaleString('en-US');

/** What came of an execution, in a few words. */
function outcomeOf({ completed_at, body }: Execution): string {
  if (completed_at === null) return 'Under way';
  const record = recordOf(body);
  if (!record) return messageOf(body);
  if (record.error) return record.error.message;
  const events = Object.values(record.events ?? {}).reduce((sum, one) => sum + one, 0);
  const refused = record.rejected.length > 0 ? `, ${number(record.rejected.length)} refused` : '';
  if (record.logsRead === 0) return record.warning ? `Nothing new. ${record.warning}` : 'Nothing new';
  const text = `${number(events)} ${events === 1 ? 'event' : 'events'} of ${number(record.logsRead)} ${record.logsRead === 1 ? 'log' : 'logs'}${refused}`;
  return record.warning ? `${text}. ${record.warning}` : text;
}

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
    description: parseSchedule(installed.job.schedule, installed.job.tz).description,
    isScheduleGiven: givenSchedule !== undefined,
    isRunning: host.runner.isRunning,
    checkpoint: document.success ? document.output.checkpointId : null,
  };
}

/** `GET /api/state`: everything that the Dashboard shows but the details of executions. */
export function answerState({
  host,
  schedule,
  timeZone,
  sandbox,
  access,
}: DashboardDependencies): RequestHandler {
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
      fields: toFields(host.installed?.settings ?? {}, host.overrides),
      installed: installedState(host, schedule, sandbox !== null),
      executions,
      sandbox,
    };
    response.json(state);
  };
}

/** Proxies cut connections on which nothing comes for a minute. */
const BEAT_MS = 15_000;
const MOST_WATCHERS = 50;
/** Of one session: browsers open six connections to a server, and some have several windows. */
const MOST_OF_SESSION = 10;

/** `GET /api/live`: what happens in the host, as server-sent events. */
export function streamLive({ host, access }: DashboardDependencies): RequestHandler {
  let watchers = 0;
  return (request, response) => {
    const session = needSession(access, request);
    if (session.ends.size >= MOST_OF_SESSION) {
      throw new HttpError(
        429,
        'too_many_streams',
        'Too many pages of this browser watch. Close some of them.',
      );
    }
    if (watchers >= MOST_WATCHERS) {
      throw new HttpError(503, 'too_many_watchers', 'Too many pages watch at once. Close some of them.');
    }
    watchers += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    // Tells the browser that it is connected, and when to try again.
    response.write('retry: 2000\n\n');
    // After a restart the events are counted anew.
    const [name, last] = String(request.headers['last-event-id'] ?? '').split('.');
    const after = name === host.live.name ? Number(last) || 0 : 0;
    const stop = host.live.watch(after, (event) => {
      response.write(`id: ${host.live.name}.${event.id}\ndata: ${JSON.stringify(event)}\n\n`);
    });
    const end = () => {
      response.end();
    };
    session.ends.add(end);
    // Asking for the session ends it where its time is up.
    const beat = setInterval(() => {
      if (access.sessionOf(request) === session) response.write(':\n\n');
    }, BEAT_MS);
    response.on('close', () => {
      watchers -= 1;
      session.ends.delete(end);
      clearInterval(beat);
      stop();
    });
  };
}
