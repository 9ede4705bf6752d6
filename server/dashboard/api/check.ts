import type { RequestHandler, Response } from 'express';
import * as v from 'valibot';
import { systemClock } from '../../../src/time';
import { checkTenant } from '../../tenants/check';
import type { DashboardDependencies } from '../dependencies';
import { FROM_BROWSER, settingValues, toChange } from './changes';
import { fieldsOf, settingsOrProblem } from './fields';
import { parseInput, unknownTenant } from './input';
import { oneAtATime } from './one-at-a-time';

const input = v.object({
  tenant: v.optional(v.string()),
  settings: v.optional(settingValues, {}),
  clear: v.optional(v.array(v.string()), []),
  slackMessage: v.optional(v.boolean(), false),
  testEventOnly: v.optional(v.boolean(), false),
});

/** Fires when the browser does not wait any more. */
export function leftSignal(response: Response): AbortSignal {
  const left = new AbortController();
  response.on('close', () => left.abort());
  return left.signal;
}

/**
 * The settings as a run would find them if what is entered were saved: what is kept goes where it went before, and
 * nowhere else.
 */
async function settingsToCheck(
  { host: { registry } }: DashboardDependencies,
  { tenant: name, settings: entered, clear }: v.InferOutput<typeof input>,
) {
  // Where to start concerns no check: a word or a date is looked up when it is saved.
  const { START_FROM: _, ...settings } = entered;
  if (name === undefined) return registry.tryOut(undefined, settings, FROM_BROWSER);
  const tenant = await registry.find(name);
  if (!tenant) throw unknownTenant(name);
  const { settings: before } = await settingsOrProblem({ registry }, tenant);
  const fields = fieldsOf(tenant, before, registry.overridden(tenant));
  return registry.tryOut(name, toChange(fields, { settings, clear }), FROM_BROWSER);
}

/** Slack has taken a message again, as a tenant has it post: no report needs to show that. */
async function forgetSlackFailure(
  { host }: DashboardDependencies,
  { tenant: name, settings }: v.InferOutput<typeof input>,
): Promise<void> {
  const tenant =
    name === undefined || settings.SLACK_INCOMING_WEBHOOK ? undefined : await host.registry.find(name);
  if (!tenant) return;
  // A run under way would lose its hold on the state, and says itself what came of its report.
  await host
    .storeOf(tenant)
    .state.update((state) =>
      state.slackFailure && state.lease === null ? { state: { ...state, slackFailure: null } } : undefined,
    );
}

/** `POST /api/check`: checks a tenant as it is, or with what is entered; answers a line of JSON for each check. */
export function checkConnection(parts: DashboardDependencies): RequestHandler {
  const once = oneAtATime(parts.access, 'A check');
  return (request, response) =>
    once(request, async () => {
      const wanted = parseInput(input, request.body);
      const settings = await settingsToCheck(parts, wanted);
      const stop = leftSignal(response);
      const lines = checkTenant(
        settings,
        { clock: systemClock, fetch: globalThis.fetch, random: Math.random, stop },
        wanted,
      );
      response.locals.change = `checked the connection of ${wanted.tenant === undefined ? 'a tenant that is not added' : `tenant ${wanted.tenant}`}`;
      response.type('application/x-ndjson');
      for await (const line of lines) {
        response.write(`${JSON.stringify(line)}\n`);
        if (line.name === 'Slack' && line.state === 'ok') await forgetSlackFailure(parts, wanted);
      }
      response.end();
    });
}
