import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ExpectStatic, type onTestFinished, test } from 'vitest';
import type { FaultPlan } from '../../../server/sandbox/http/faults';
import { type Sandbox, startSandbox } from '../../../server/sandbox/sandbox';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { createControlledClock } from '../../support/controlled-clock';
import { lookInto } from './look-into';
import { runInProcess, STOPS_WITHIN_MS, startCommand } from './run-in-process';

const COUNT = 500;

/** A point in a run at which the command must stop. */
interface Moment {
  plan: (sandbox: Sandbox) => void;
  /** Whether it has come there. */
  isThere: (sandbox: Sandbox) => boolean;
}

const always = { times: Number.POSITIVE_INFINITY, fault: { kind: 'hang' } } satisfies FaultPlan;
const tooMany: FaultPlan = {
  times: Number.POSITIVE_INFINITY,
  fault: {
    kind: 'status',
    status: 429,
    headers: { 'retry-after': '100' },
  },
};

const moments: Record<string, Moment> = {
  'while Auth0 does not answer for a token': {
    plan: ({ tenant }) => tenant.faults.add({ ...always, endpoint: 'token' }),
    isThere: ({ tenant }) => tenant.requests.token > 0,
  },
  'while a page of logs does not come': {
    plan: ({ tenant }) => tenant.faults.add({ ...always, endpoint: 'logs', at: 4 }),
    isThere: ({ tenant }) => tenant.requests.logs >= 4,
  },
  'while a search for users does not come': {
    plan: ({ tenant }) => tenant.faults.add({ ...always, endpoint: 'user-search', at: 2 }),
    isThere: ({ tenant }) => tenant.requests['user-search'] >= 2,
  },
  'while Segment does not answer': {
    plan: ({ segment }) => segment.faults.add(always),
    isThere: ({ segment }) => segment.requests > 0,
  },
  'while Slack does not answer after the run': {
    plan: ({ slack }) => slack.faults.add(always),
    isThere: ({ slack }) => slack.requests > 0,
  },
  'while it waits for the rate limit': {
    plan: ({ tenant }) => tenant.faults.add({ ...tooMany, endpoint: 'logs', at: 3 }),
    isThere: ({ tenant }) => tenant.requests.logs >= 3,
  },
  'while it waits for Segment': {
    plan: ({ segment }) =>
      segment.faults.add({
        ...always,
        fault: { kind: 'status', status: 503, headers: { 'retry-after': '120' } },
      }),
    isThere: ({ segment }) => segment.requests > 0,
  },
};

/** What a concurrent test has of its own. */
interface Context {
  onTestFinished: typeof onTestFinished;
  expect: ExpectStatic;
}

async function openSandbox(onEnd: typeof onTestFinished) {
  const start = Date.now() - COUNT * 1000;
  const sandbox = await startSandbox({ tenant: { logs: generateLogs({ count: COUNT, users: 40, start }) } });
  onEnd(() => sandbox.close());
  const { EXTENSION_SECRET: _, ...secrets } = sandbox.secrets();
  return { sandbox, env: { ...secrets, SLACK_SEND_SUCCESS: 'true', SLACK_DAILY_REPORT: 'true' } };
}

/** Starts a command, and asks it to stop at a moment. It must end before its clock stands still. */
async function stopAt(
  args: string[],
  env: Record<string, string>,
  isThere: (folder: string) => boolean,
  { onTestFinished: onEnd, expect }: Context,
) {
  const clock = createControlledClock();
  const { stop, folder, out } = await startCommand(args, { env, clock, onEnd });
  await expect.poll(() => isThere(folder)).toBe(true);
  const stopped = stop();
  await clock.advance(STOPS_WITHIN_MS);
  return { code: await stopped, folder, out: out() };
}

/** The host at each of them; `run` at the first two. */
const cases = [
  ...Object.entries(moments).map(([when, moment]) => ['start', when, moment] as const),
  ...Object.entries(moments)
    .slice(0, 2)
    .flatMap(([when, moment]) => [['run', when, moment] as const, ['run --drain', when, moment] as const]),
];

test.concurrent.for(cases)(
  '%s that is asked to stop %s ends within ten seconds, releases its lease, and loses nothing',
  async ([command, , { plan, isThere }], context) => {
    const { onTestFinished: onEnd, expect } = context;
    const { sandbox, env } = await openSandbox(onEnd);
    plan(sandbox);
    const { code, folder, out } = await stopAt(command.split(' '), env, () => isThere(sandbox), context);
    expect(code).toBe(command === 'start' ? 0 : 75);
    expect(out).not.toContain('Ctrl-C stops.');
    expect((await lookInto(folder)).state.lease).toBeNull();

    for (const { faults } of [sandbox.tenant, sandbox.segment, sandbox.slack]) faults.clear();
    const rest = await runInProcess(['run'], { env, folder, onEnd });
    expect(rest.code, rest.err).toBe(0);
    expect(rest.err).not.toContain('cut off');
    const selected = [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id);
    expect(sandbox.segment.ids('track').size).toBe(selected.length);
  },
);

test.concurrent.for(['data/sandbox', 'data/sandbox/exporter.db', 'data/sandbox/encryption.key'])(
  'start that is asked to stop when %s exists, before anything runs, ends, and another one starts',
  async (file, context) => {
    const isThere = (folder: string) => existsSync(join(folder, file));
    const { code, folder } = await stopAt(['start'], {}, isThere, context);
    context.expect(code).toBe(0);
    const next = await startCommand(['start'], { folder, onEnd: context.onTestFinished });
    await next.prints(/Run of .*: Succeeded/);
  },
);

test.concurrent.for(
  Object.entries({
    'Auth0 does not answer': ({ tenant }: Sandbox) => tenant.faults.add({ ...always, endpoint: 'logs' }),
    'it waits for the rate limit': ({ tenant }: Sandbox) =>
      tenant.faults.add({ ...tooMany, endpoint: 'logs' }),
  }),
)('replay that is asked to stop while %s ends within ten seconds with 75', async ([, plan], context) => {
  const { sandbox, env } = await openSandbox(context.onTestFinished);
  plan(sandbox);
  const args = ['replay', '--from', sandbox.tenant.logAt(0).log_id];
  const { code } = await stopAt(args, env, () => sandbox.tenant.requests.logs > 0, context);
  context.expect(code).toBe(75);
});
