import { HostError } from '../../errors';
import { manifest } from '../../manifest';
import { TenantError, type TenantInput, type TenantRegistry } from '../registry';
import { isReference, secretSettings } from '../secret-reference';
import {
  checkSchedule,
  isTenantSetting,
  nameProblem,
  settingProblems,
  unknownSetting,
} from '../tenant-settings';
import type { TenantRow } from '../tenant-store';
import type { Administration, Application, LogStream } from './administration';
import { authorizationOf, CONTENT, FILTER_CATEGORIES, GRANTED_SCOPES, markOf, nameInAuth0 } from './intended';

/** What a log stream's posts are authorized with: of each tenant one token, kept as its hash. */
export interface StreamTokens {
  /** Whether this is the token of the tenant. */
  accepts(tenantId: string, token: string): Promise<boolean>;
  /** Makes a new token, which takes the place of the former one. It is shown this once. */
  rotate(tenantId: string): Promise<string>;
}

/** Which tenant is to be set up, and how. */
export interface SetupRequest {
  name: string;
  domain: string;
  /** Its settings but for those of the application, among them SEGMENT_KEY where the tenant is not stored yet. */
  input: TenantInput;
  /** Where the log stream posts to; `undefined`: none is made. */
  endpoint: string | undefined;
}

/** Something that a setup was to see to, and what it took. */
export interface SetupLine {
  step: 'application' | 'grant' | 'tenant' | 'log stream' | 'check';
  outcome: 'created' | 'changed' | 'found' | 'deleted' | 'left' | 'ok' | 'warning' | 'failed';
  /** A sentence. Holds no secret. */
  text: string;
}

/** What a setup works on. */
export interface SetupDependencies {
  administration: Administration;
  registry: TenantRegistry;
  tokens: StreamTokens;
  /** Whether the tenant can be exported as it was set up, a line for each thing that was tried. */
  check: (tenant: TenantRow) => Promise<SetupLine[]>;
  /** Whether secrets may be references to this machine's files and variables. */
  mayReference: boolean;
  /** Told of each step when it is done, so that it is known how far an interrupted setup has come. */
  say: (line: SetupLine) => void;
}

const list = (words: readonly string[]) => words.join(' and ');

/**
 * Makes sure that a domain can be that of a tenant, before a secret is sent there.
 *
 * @throws {HostError}
 */
export function checkDomain(domain: string): void {
  const problem = settingProblems({ AUTH0_DOMAIN: domain }).AUTH0_DOMAIN;
  if (problem) throw new HostError(problem.replace('AUTH0_DOMAIN', 'The domain'), 78);
}

/** Whether an application was made by a setup of the tenant. */
export const isMarked = ({ client_metadata }: Application, name: string): boolean =>
  Object.entries(markOf(name)).every(([key, value]) => client_metadata[key] === value);

/** The log stream of a tenant, where there is one. */
export const streamOf = (streams: readonly LogStream[], name: string): LogStream | undefined =>
  streams.find((stream) => stream.type === 'http' && stream.name === nameInAuth0(name));

/** What is wrong with what was entered, by the rules that storing it has: sentences by the names of settings. */
function problemsIn(
  { name, domain, input: { settings = {}, schedule, timeZone } }: SetupRequest,
  tenant: TenantRow | undefined,
  mayReference: boolean,
): Record<string, string> {
  const problems: Record<string, string> = {};
  const ofName = nameProblem(name);
  if (ofName) problems.name = ofName;
  for (const [setting, value] of Object.entries(settings)) {
    if (setting.startsWith('AUTH0_')) {
      problems[setting] = `${setting} is not entered for a setup, which makes it by itself.`;
    } else if (!isTenantSetting(setting, mayReference)) problems[setting] = unknownSetting(setting);
    else if (isReference(value) && secretSettings.includes(setting) && !mayReference) {
      problems[setting] =
        `${setting} is a reference to a secret on this machine. Enter the secret itself here.`;
    }
  }
  return {
    ...settingProblems({
      AUTH0_DOMAIN: domain,
      AUTH0_CLIENT_ID: 'unseen',
      AUTH0_CLIENT_SECRET: undefined,
      ...(tenant?.settings.SEGMENT_KEY && { SEGMENT_KEY: undefined }),
      ...settings,
    }),
    ...checkSchedule(schedule || manifest.schedule, timeZone || tenant?.timeZone || 'UTC').problems,
    ...problems,
  };
}

/** The same of a tenant that may be stored already. */
export async function setupProblems(
  request: SetupRequest,
  { registry, mayReference }: Pick<SetupDependencies, 'registry' | 'mayReference'>,
): Promise<Record<string, string>> {
  const tenant = nameProblem(request.name) ? undefined : await registry.find(request.name);
  return problemsIn(request, tenant, mayReference);
}

/**
 * Makes sure that a tenant can be set up at all, before anything is done.
 *
 * @returns the tenant, where it is stored
 * @throws {TenantError} `invalid`, for what was entered
 * @throws {HostError} where the tenant is not changed here
 */
async function checkRequest(
  request: SetupRequest,
  { registry, mayReference }: Pick<SetupDependencies, 'registry' | 'mayReference'>,
): Promise<TenantRow | undefined> {
  const { name, domain } = request;
  const tenant = nameProblem(name) ? undefined : await registry.find(name);
  const problems = problemsIn(request, tenant, mayReference);
  const [first] = Object.values(problems);
  if (first !== undefined) throw new TenantError('invalid', first, problems);
  if (!tenant) return undefined;
  if (tenant.origin !== 'stored') {
    const where = tenant.origin === 'declared' ? 'TENANTS_FILE' : 'the environment';
    throw new HostError(
      `Tenant ${name} is given by ${where}, so setup cannot store its credentials. Choose another name, or take it out there.`,
      78,
    );
  }
  const stored = tenant.settings.AUTH0_DOMAIN ?? '';
  if (stored.toLowerCase() !== domain) {
    throw new HostError(
      `Tenant ${name} is stored already, for ${stored}, and not for ${domain}. Choose another name.`,
      78,
    );
  }
  if (isReference(tenant.settings.AUTH0_CLIENT_SECRET ?? '')) {
    throw new HostError(
      `The client secret of tenant ${name} is ${tenant.settings.AUTH0_CLIENT_SECRET}, which setup does not write to. Choose another name, or change the setting with tenants set ${name}.`,
      78,
    );
  }
  return tenant;
}

/** The application, and its secret where the tenant does not have it yet. */
interface FoundApplication {
  clientId: string;
  clientSecret: string | undefined;
}

/** Finds the application, or creates it. */
async function settleApplication(
  name: string,
  tenant: TenantRow | undefined,
  { administration, say }: SetupDependencies,
): Promise<FoundApplication> {
  const { AUTH0_CLIENT_ID: storedId = '', AUTH0_CLIENT_SECRET: storedSecret = '' } = tenant?.settings ?? {};
  const application = (client: Application, outcome: SetupLine['outcome'], text: string) => {
    say({ step: 'application', outcome, text: `${text}: ${client.name}, client ID ${client.client_id}.` });
  };
  if (storedId !== '' && storedSecret !== '') {
    const stored = await administration.application(storedId);
    if (stored) {
      application(stored, 'found', 'Found the application that the tenant is reached with');
      return { clientId: storedId, clientSecret: undefined };
    }
  }
  const found = (await administration.applications()).find((client) => isMarked(client, name));
  if (!found) {
    const created = await administration.createApplication(name);
    if (!created.client_secret) {
      throw new HostError(
        `Auth0 created the application ${created.client_id} without telling its secret. Repeat the setup with a token that has read:client_keys or update:client_keys.`,
        78,
      );
    }
    application(created, 'created', 'Created the application');
    return { clientId: created.client_id, clientSecret: created.client_secret };
  }
  if (found.client_secret) {
    application(found, 'found', 'Found the application, and read its secret');
    return { clientId: found.client_id, clientSecret: found.client_secret };
  }
  const clientSecret = await administration.rotateSecret(found.client_id);
  application(
    found,
    'changed',
    'Found the application, and made a new secret for it, as its secret is not stored here and the token may not read it. The former secret is worth nothing any more',
  );
  return { clientId: found.client_id, clientSecret };
}

/** Grants what is missing; nothing that is granted already is taken away. */
async function settleGrant(clientId: string, { administration, say }: SetupDependencies): Promise<void> {
  const scopes = list(GRANTED_SCOPES);
  const grant = (await administration.grants(clientId)).find((one) => one.subject_type === 'client');
  if (!grant) {
    await administration.createGrant(clientId);
    return say({ step: 'grant', outcome: 'created', text: `Granted ${scopes} to it.` });
  }
  const missing = GRANTED_SCOPES.filter((scope) => !grant.scope.includes(scope));
  if (missing.length === 0) {
    return say({ step: 'grant', outcome: 'found', text: `Found ${scopes} granted to it.` });
  }
  await administration.changeGrant(grant.id, [...grant.scope, ...missing]);
  say({ step: 'grant', outcome: 'changed', text: `Granted ${list(missing)} to it, besides what it had.` });
}

/** Stores the tenant, or what of it is another than before. */
async function settleTenant(
  { name, domain, input }: SetupRequest,
  { clientId, clientSecret }: FoundApplication,
  { registry, mayReference, say }: SetupDependencies,
): Promise<TenantRow> {
  const settings = {
    AUTH0_DOMAIN: domain,
    AUTH0_CLIENT_ID: clientId,
    ...(clientSecret !== undefined && { AUTH0_CLIENT_SECRET: clientSecret }),
    ...input.settings,
  };
  const change = { ...input, settings };
  const before = await registry.find(name);
  if (!before) {
    const added = await registry.add(name, change, { mayReference });
    say({ step: 'tenant', outcome: 'created', text: `Stored tenant ${name}. Its first run is due.` });
    return added;
  }
  const after = await registry.change(name, change, { mayReference });
  const names = Object.keys(settings).filter((key) => before.settings[key] !== after.settings[key]);
  say(
    names.length === 0
      ? { step: 'tenant', outcome: 'found', text: `Found tenant ${name} stored with these settings.` }
      : { step: 'tenant', outcome: 'changed', text: `Changed ${names.join(', ')} of tenant ${name}.` },
  );
  return after;
}

/** What of a log stream is not as it should be, in a word each. */
function differences(stream: LogStream, endpoint: string): string[] {
  const { sink } = stream;
  const names = (stream.filters ?? []).map(({ name = '' }) => name).sort();
  return [
    ...(sink.httpEndpoint === endpoint ? [] : ['its address']),
    ...(sink.httpContentFormat === CONTENT.format && sink.httpContentType === CONTENT.type
      ? []
      : ['its format']),
    ...(names.join() === [...FILTER_CATEGORIES].sort().join() ? [] : ['its filters']),
    ...(stream.status === 'active' ? [] : [`its state, which was ${stream.status}`]),
  ];
}

/** Whether what a log stream sends is what the exporter accepts. */
async function isAccepted({ sink }: LogStream, { id }: TenantRow, tokens: StreamTokens): Promise<boolean> {
  const sent = sink.httpAuthorization ?? '';
  const token = sent.replace(/^Bearer /, '');
  return authorizationOf(token) === sent && (await tokens.accepts(id, token));
}

/** Creates the log stream, or changes what of it is not as it should be. */
async function settleLogStream(
  endpoint: string,
  tenant: TenantRow,
  { administration, tokens, say }: SetupDependencies,
): Promise<void> {
  const stream = streamOf(await administration.logStreams(), tenant.name);
  if (!stream) {
    await administration.createLogStream(tenant.name, endpoint, await tokens.rotate(tenant.id));
    const text = `Created the log stream ${nameInAuth0(tenant.name)}, which posts to ${endpoint} with a token of its own.`;
    return say({ step: 'log stream', outcome: 'created', text });
  }
  const changed = differences(stream, endpoint);
  if (!(await isAccepted(stream, tenant, tokens))) changed.push('its token');
  if (changed.length === 0) {
    return say({
      step: 'log stream',
      outcome: 'found',
      text: `Found the log stream that posts to ${endpoint}.`,
    });
  }
  await administration.changeLogStream(stream.id, tenant.name, endpoint, await tokens.rotate(tenant.id));
  const what = changed.includes('its token') ? changed : [...changed, 'its token'];
  const text = `Changed the log stream, which posts to ${endpoint}: ${what.join(', ')}.`;
  say({ step: 'log stream', outcome: 'changed', text });
}

/**
 * Sets up a tenant: its application in Auth0, what that may do, the tenant here and, where asked for, its log stream.
 * Whatever is there already is found again, so that a setup that was interrupted can be repeated.
 *
 * @throws {TenantError} `invalid`, for what was entered, before anything is done
 * @throws {HostError} saying what to do; what was done before stays
 */
export async function setUp(request: SetupRequest, dependencies: SetupDependencies): Promise<TenantRow> {
  const before = await checkRequest(request, dependencies);
  const application = await settleApplication(request.name, before, dependencies);
  await settleGrant(application.clientId, dependencies);
  const tenant = await settleTenant(request, application, dependencies);
  if (request.endpoint !== undefined) await settleLogStream(request.endpoint, tenant, dependencies);
  for (const line of await dependencies.check(tenant)) dependencies.say(line);
  return tenant;
}
