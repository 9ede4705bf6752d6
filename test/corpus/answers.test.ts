import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { Sandbox } from '../../server/sandbox/sandbox';
import { openAdministration } from '../../server/tenants/setup/administration';
import { exportErrorCodes } from '../../src/errors';
import { systemClock } from '../../src/time';
import { openSandbox } from '../server/sandbox/open-sandbox';
import { createFastClock } from '../support/fast-clock';
import { readCases } from './read-cases';
import { runExport } from './run-export';

/** An answer that replaces one of the sandbox. */
const answered = {
  description: v.string(),
  endpoint: v.string(),
  /** The request that gets it, counted from 1. Default: every request. */
  only: v.optional(v.number()),
  status: v.number(),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  /** Text, or the value that its JSON stands for. */
  body: v.unknown(),
};
type Answered = v.InferOutput<ReturnType<typeof v.strictObject<typeof answered>>>;

const ofRuns = readCases(
  'answers/runs',
  v.strictObject({
    ...answered,
    service: v.picklist(['tenant', 'segment', 'slack']),
    expected: v.strictObject({
      statusCode: v.picklist([200, 500]),
      error: v.optional(v.picklist(exportErrorCodes)),
      says: v.optional(v.array(v.string()), []),
      warning: v.optional(v.string()),
      tracks: v.number(),
    }),
  }),
);
const ofSetups = readCases(
  'answers/setups',
  v.strictObject({
    ...answered,
    request: v.picklist(['createApplication', 'createGrant', 'createLogStream']),
    expected: v.strictObject({
      says: v.array(v.string()),
      saysNot: v.optional(v.array(v.string()), []),
    }),
  }),
);

function plan(
  services: Pick<Sandbox, 'tenant' | 'segment' | 'slack'>,
  service: keyof typeof services,
  answer: Answered,
) {
  const { endpoint, only, status, headers, body } = answer;
  const { 'content-type': contentType, ...others } = headers;
  services[service].faults.add({
    endpoint,
    ...(only === undefined ? { times: Number.POSITIVE_INFINITY } : { at: only }),
    fault: {
      kind: 'status',
      status,
      headers: others,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(contentType !== undefined && { contentType }),
    },
  });
}

/** A run waits and retries after these, until its 22 seconds are over. */
const isRetried = ({ status, body }: Answered) =>
  status === 429 || status >= 500 || (status === 200 && typeof body === 'string');
const SPEED = 20;

/** Sign-up, login and failed login of two users. */
function addEvents({ tenant }: Sandbox): void {
  for (const name of ['kim', 'lee']) {
    tenant.setUser({ user_id: `auth0|${name}`, email: `${name}@customer.example` });
  }
  tenant.addLogs([
    { type: 'ss', user_id: 'auth0|kim' },
    { type: 's', user_id: 'auth0|lee' },
    { type: 'f', user_id: 'auth0|lee' },
  ]);
}

describe('the API answers of the corpus', () => {
  test('are at least 30', () => expect(ofRuns.length + ofSetups.length).toBeGreaterThanOrEqual(30));

  test.each(ofRuns)('lead a run to the documented result: $file: $description', async (answer) => {
    const { expected, service } = answer;
    const { statusCode, record, sandbox } = await runExport({
      settings: { SLACK_SEND_SUCCESS: 'true' },
      clock: isRetried(answer) ? createFastClock(SPEED) : systemClock,
      prepare: (opened) => {
        addEvents(opened);
        plan(opened, service, answer);
      },
    });
    expect({ statusCode, error: record.error?.code, tracks: sandbox.segment.ids('track').size }).toEqual({
      statusCode: expected.statusCode,
      error: expected.error,
      tracks: expected.tracks,
    });
    for (const part of expected.says) expect(record.error?.message).toContain(part);
    if (expected.warning === undefined) expect(record.warning).toBeUndefined();
    else expect(record.warning).toContain(expected.warning);
  });

  test.each(ofSetups)('lead a setup to the documented message: $file: $description', async (answer) => {
    const { request, expected } = answer;
    const sandbox = await openSandbox();
    const { domain } = sandbox.tenant;
    plan(sandbox, 'tenant', answer);
    const administration = openAdministration({
      domain,
      credentials: { token: sandbox.tenant.issueToken() },
      fetch,
      clock: { ...systemClock, sleep: async () => {} },
      random: () => 0,
    });
    const requests = {
      createApplication: () => administration.createApplication('acme'),
      createGrant: () => administration.createGrant(sandbox.tenant.clientId),
      createLogStream: () =>
        administration.createLogStream(
          'acme',
          'https://exporter.example.com/log-streams/acme',
          'stream-token',
        ),
    };
    const failure = await requests[request]().then(
      () => '',
      (error: unknown) => String(error),
    );
    for (const part of expected.says) expect(failure).toContain(part);
    for (const part of expected.saysNot) expect(failure).not.toContain(part);
  });
});
