import type { RequestHandler } from 'express';
import * as v from 'valibot';
import { bareDomain } from '../../../src/settings';
import { systemClock } from '../../../src/time';
import { HostError } from '../../errors';
import { withStartFound } from '../../tenants/find-start';
import { openAdministration } from '../../tenants/setup/administration';
import type { AdministrationCredentials } from '../../tenants/setup/administration-fetch';
import { pushEndpoint } from '../../tenants/setup/intended';
import { setupProblems } from '../../tenants/setup/request';
import { type SetupLine, setUp } from '../../tenants/setup/set-up';
import { tryOut } from '../../tenants/setup/try-out';
import { TenantError } from '../../tenants/tenant-error';
import { HttpError } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { parseInput } from './input';
import type { SetupReport } from './view';

/** Longer than anything that a setting can mean. */
const LONGEST_VALUE = 2_000;
/** A token of the Management API names its scopes, of which there are hundreds. */
const LONGEST_TOKEN = 32_000;

const value = v.pipe(v.string(), v.maxLength(LONGEST_VALUE));
const newSetup = v.object({
  name: value,
  domain: value,
  token: v.optional(v.pipe(v.string(), v.maxLength(LONGEST_TOKEN))),
  clientId: v.optional(value),
  clientSecret: v.optional(value),
  settings: v.record(v.string(), value),
  push: v.optional(value),
  password: v.optional(v.string()),
});
type NewSetup = v.InferOutput<typeof newSetup>;

const refused = (message: string) => new HttpError(422, 'setup_refused', message);

/** What Auth0 is administered with, or what is missing of it: sentences by the names of the fields. */
function credentialsOf({ token = '', clientId, clientSecret = '' }: NewSetup): {
  credentials: AdministrationCredentials;
  missing: Record<string, string>;
} {
  if (token.trim() !== '' || clientId === undefined) {
    const sentence =
      'What Auth0 is administered with is missing: enter a Management API token, or the client ID and the client secret of an administrative application.';
    return {
      credentials: { token: token.trim() },
      missing: token.trim() === '' ? { token: sentence } : {},
    };
  }
  const credentials = { clientId: clientId.trim(), clientSecret: clientSecret.trim() };
  const missing: Record<string, string> = {};
  if (!credentials.clientId) missing.clientId = 'The client ID of the administrative application is missing.';
  if (!credentials.clientSecret) {
    missing.clientSecret = 'The client secret of the administrative application is missing.';
  }
  return { credentials, missing };
}

/** Where Auth0 is to tell of new logs, or why it cannot; neither where it was not asked for. */
function endpointOf({ push, name }: NewSetup): { endpoint?: string; missing: Record<string, string> } {
  if (push === undefined) return { missing: {} };
  const what = 'The address of this exporter';
  if (push.trim() === '') {
    return {
      missing: {
        push: `${what} is missing. Give the one where Auth0 reaches it, such as https://exporter.example.com.`,
      },
    };
  }
  try {
    return { endpoint: pushEndpoint(push.trim(), name, what), missing: {} };
  } catch (error) {
    if (error instanceof HostError) return { missing: { push: error.message } };
    throw error;
  }
}

/** Settings that were entered, without blanks around them; empty ones stay as they are. */
const enteredOf = ({ settings }: NewSetup): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings)
      .map(([name, text]) => [name, text.trim()])
      .filter(([, text]) => text !== ''),
  );

/** `POST /api/setup`: sets a tenant up in Auth0 and here. */
export function setUpTenant({ host, access }: DashboardDependencies): RequestHandler {
  /** Two setups of a tenant at once would make two applications. */
  const underWay = new Set<string>();

  /** @throws {HostError} where nothing was done, and {@link TenantError} for what was entered, all of it at once */
  const perform = async (input: NewSetup): Promise<SetupReport> => {
    const { registry } = host;
    const domain = bareDomain(input.domain);
    const { endpoint, missing: ofPush } = endpointOf(input);
    const { credentials, missing: ofCredentials } = credentialsOf(input);
    const request = { name: input.name, domain, input: { settings: enteredOf(input) }, endpoint };
    const known = await setupProblems(request, { registry, mayReference: false });
    const problems = { ...known, ...ofCredentials, ...ofPush };
    const sentences = [...new Set(Object.values(problems))];
    if (sentences.length > 0) throw new TenantError('invalid', sentences.join(' '), problems);
    const common = { fetch, clock: systemClock, random: Math.random };
    const lines: SetupLine[] = [];
    try {
      await setUp(request, {
        administration: openAdministration({ ...common, domain, credentials }),
        registry,
        tokens: host.triggerTokens,
        check: async (tenant) =>
          tryOut(await registry.settingsOf(tenant), { ...common, stop: new AbortController().signal }),
        mayReference: false,
        findStart: (before, settings) =>
          withStartFound(before, settings, { registry, clock: systemClock, fetch, mayReference: false }),
        say: (line) => lines.push(line),
      });
      return { lines, problem: '' };
    } catch (error) {
      const isSaid = error instanceof HostError || error instanceof TenantError;
      if (lines.length > 0 && isSaid) return { lines, problem: error.message };
      throw error;
    }
  };

  return async (request, response) => {
    const input = parseInput(newSetup, request.body);
    const { name } = input;
    // What a tenant signs in with, and where it goes, is changed with the password alone.
    if (await host.registry.find(name)) await access.confirm(request, response, input.password);
    if (underWay.has(name)) {
      throw new HttpError(
        409,
        'setup_under_way',
        `Tenant ${name} is being set up already. Wait until that has ended.`,
      );
    }
    underWay.add(name);
    try {
      const report = await perform(input);
      host.wake();
      response.locals.change = `${report.problem === '' ? '' : 'began to '}set up tenant ${name} in Auth0`;
      response.json(report);
    } catch (error) {
      if (error instanceof HostError) throw refused(error.message);
      throw error;
    } finally {
      underWay.delete(name);
    }
  };
}
