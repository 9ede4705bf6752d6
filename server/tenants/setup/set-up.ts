import { HostError } from '../../errors';
import type { TenantInput, TenantRegistry } from '../registry';
import { startToFind } from '../tenant-settings';
import type { TenantRow } from '../tenant-store';
import type { Administration, Application, LogStream } from './administration';
import { authorizationOf, CONTENT, FILTER_CATEGORIES, GRANTED_SCOPES, markOf, nameInAuth0 } from './intended';
import { checkRequest, type SetupRequest } from './request';

/** The tokens that authorize the posts of log streams: one for each tenant, kept as its hash. */
export interface StreamTokens {
  /** Returns true if the header carries the token of the tenant. */
  accepts(tenantId: string, authorization: string): Promise<boolean>;
  /** Creates a token that is not accepted yet. */
  create(): string;
  /** Accepts a token from now on; the tenant's former token is rejected from then on. */
  activate(tenantId: string, token: string): Promise<void>;
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
  /**
   * Puts the ID of a log in the place of a word or a date in START_FROM.
   *
   * @param name of the tenant; `undefined` for one that is not stored yet
   * @throws {TenantError} `invalid` where there is none, or Auth0 cannot be asked
   */
  findStart: (
    name: string | undefined,
    settings: Readonly<Record<string, string>>,
  ) => Promise<Readonly<Record<string, string>>>;
  /** Whether secrets may be references to this machine's files and variables. */
  mayReference: boolean;
  /** Told of each step when it is done, so that it is known how far an interrupted setup has come. */
  say: (line: SetupLine) => void;
}

const list = (words: readonly string[]) => words.join(' and ');

/** Whether an application was made by a setup of the tenant. */
export const isMarked = ({ client_metadata }: Application, name: string): boolean =>
  Object.entries(markOf(name)).every(([key, value]) => client_metadata[key] === value);

/** The log stream of a tenant, where there is one. */
export const streamOf = (streams: readonly LogStream[], name: string): LogStream | undefined =>
  streams.find((stream) => stream.type === 'http' && stream.name === nameInAuth0(name));

/** The application of a setup. */
interface FoundApplication {
  clientId: string;
  /** `stored`: the tenant has it already. `unknown`: Auth0 does not show it. */
  secret: { value: string } | 'stored' | 'unknown';
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
      return { clientId: storedId, secret: 'stored' };
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
    return { clientId: created.client_id, secret: { value: created.client_secret } };
  }
  if (found.client_secret) {
    application(found, 'found', 'Found the application, and read its secret');
    return { clientId: found.client_id, secret: { value: found.client_secret } };
  }
  application(found, 'found', 'Found the application');
  return { clientId: found.client_id, secret: 'unknown' };
}

/** Returns the secret to store, a new one where Auth0 does not show it; `undefined` where it is stored already. */
async function settleSecret(
  { clientId, secret }: FoundApplication,
  { administration, say }: SetupDependencies,
): Promise<string | undefined> {
  if (secret === 'stored') return undefined;
  if (secret !== 'unknown') return secret.value;
  const rotated = await administration.rotateSecret(clientId);
  const text = `Made a new secret for the application ${clientId}, as its secret is not stored here and the token may not read it. The former secret is not valid any more.`;
  say({ step: 'application', outcome: 'changed', text });
  return rotated;
}

/** Grants what is missing; nothing that is granted already is taken away. */
async function settleGrant(clientId: string, { administration, say }: SetupDependencies): Promise<void> {
  const scopes = list(GRANTED_SCOPES);
  const grant = (await administration.grants(clientId)).find((one) => one.subject_type === 'client');
  if (!grant) {
    await administration.createGrant(clientId);
    return say({ step: 'grant', outcome: 'created', text: `Granted ${scopes} to it.` });
  }
  const missing = grant.allow_all_scopes
    ? []
    : GRANTED_SCOPES.filter((scope) => !grant.scope.includes(scope));
  if (missing.length === 0) {
    return say({ step: 'grant', outcome: 'found', text: `Found ${scopes} granted to it.` });
  }
  await administration.changeGrant(grant.id, [...grant.scope, ...missing]);
  say({ step: 'grant', outcome: 'changed', text: `Granted ${list(missing)} to it, besides what it had.` });
}

/**
 * Stores a new tenant. Where the log to start with cannot be found, it is stored without its schedule: the secret of its
 * application must not be lost, and nothing may be exported that was to be left out.
 */
async function addTenant(
  name: string,
  input: TenantInput & { settings: Readonly<Record<string, string>> },
  { registry, mayReference, findStart, say }: SetupDependencies,
): Promise<TenantRow> {
  let settings = { ...input.settings };
  try {
    settings = { ...(await findStart(undefined, settings)) };
  } catch (error) {
    settings.START_FROM = '';
    await registry.add(name, { ...input, settings, isActive: false }, { mayReference });
    const text = `Stored tenant ${name}, with its schedule switched off: repeat the setup with another start.`;
    say({ step: 'tenant', outcome: 'warning', text });
    throw error;
  }
  const added = await registry.add(name, { ...input, settings }, { mayReference });
  const { START_FROM: start = '' } = added.settings;
  const first = start === '' ? '' : ` It starts with the log ${start}.`;
  say({ step: 'tenant', outcome: 'created', text: `Stored tenant ${name}.${first} Its first run is due.` });
  return added;
}

/** Stores the tenant, or what of it is another than before. */
async function settleTenant(
  { name, domain, input }: SetupRequest,
  { clientId, clientSecret }: { clientId: string; clientSecret: string | undefined },
  dependencies: SetupDependencies,
): Promise<TenantRow> {
  const { registry, mayReference, findStart, say } = dependencies;
  const settings: Record<string, string> = {
    AUTH0_DOMAIN: domain,
    AUTH0_CLIENT_ID: clientId,
    ...(clientSecret !== undefined && { AUTH0_CLIENT_SECRET: clientSecret }),
    ...input.settings,
  };
  const before = await registry.find(name);
  if (!before) return addTenant(name, { ...input, settings }, dependencies);
  const isToBeFound = startToFind(settings) !== undefined;
  // Only where a former setup did not find the start: a setup that is repeated must not leave logs out, or send them again.
  const isWaiting = !before.isActive && before.settings.START_FROM === undefined;
  const { START_FROM: _, ...others } = settings;
  const wanted = !isToBeFound ? settings : isWaiting ? await findStart(name, settings) : others;
  const isSwitchedOn = isToBeFound && isWaiting;
  const change = { ...input, settings: wanted, ...(isSwitchedOn && { isActive: true }) };
  const after = await registry.change(name, change, { mayReference });
  const names = Object.keys(wanted).filter((key) => before.settings[key] !== after.settings[key]);
  const isChanged = names.length > 0 || isSwitchedOn;
  const sentences = [
    names.length > 0 && `Changed ${names.join(', ')} of tenant ${name}.`,
    isSwitchedOn && `Switched the schedule of tenant ${name} on.`,
    !isChanged && `Found tenant ${name} stored with these settings.`,
    isToBeFound && !isWaiting && 'Where it starts was left as it is.',
  ];
  const text = sentences.filter((sentence) => sentence !== false).join(' ');
  say({ step: 'tenant', outcome: isChanged ? 'changed' : 'found', text });
  return after;
}

/** What of a log stream is not as it should be, in a word each. */
function differences(stream: LogStream, endpoint: string): string[] {
  const { sink } = stream;
  const names = stream.filters.map(({ name = '' }) => name).sort();
  return [
    ...(sink.httpEndpoint === endpoint ? [] : ['its address']),
    ...(sink.httpContentFormat === CONTENT.format && sink.httpContentType === CONTENT.type
      ? []
      : ['its format']),
    ...(names.join() === [...FILTER_CATEGORIES].sort().join() ? [] : ['its filters']),
    ...(stream.status === 'active' ? [] : [`its state, which was ${stream.status}`]),
  ];
}

/**
 * Creates the log stream, or corrects its settings. A new token becomes active after Auth0 has accepted it, so that a
 * refusal leaves the former one working. A setup that ends between the two steps is repeated: the log stream then
 * sends a token that is not accepted, and gets another.
 */
async function settleLogStream(
  endpoint: string,
  tenant: TenantRow,
  { administration, tokens, say }: SetupDependencies,
): Promise<void> {
  const stream = streamOf(await administration.logStreams(), tenant.name);
  if (!stream) {
    const token = tokens.create();
    await administration.createLogStream(tenant.name, endpoint, authorizationOf(token));
    await tokens.activate(tenant.id, token);
    const text = `Created the log stream ${nameInAuth0(tenant.name)}, which posts to ${endpoint} with a token of its own.`;
    return say({ step: 'log stream', outcome: 'created', text });
  }
  const changed = differences(stream, endpoint);
  const authorization = stream.sink.httpAuthorization ?? '';
  const isAccepted = await tokens.accepts(tenant.id, authorization);
  if (isAccepted && changed.length === 0) {
    const text = `Found the log stream that posts to ${endpoint}.`;
    return say({ step: 'log stream', outcome: 'found', text });
  }
  if (isAccepted) await administration.changeLogStream(stream.id, tenant.name, endpoint, authorization);
  else {
    const token = tokens.create();
    await administration.changeLogStream(stream.id, tenant.name, endpoint, authorizationOf(token));
    await tokens.activate(tenant.id, token);
    changed.push('its token');
  }
  const text = `Changed the log stream, which posts to ${endpoint}: ${changed.join(', ')}.`;
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
  const { clientId } = application;
  await settleGrant(clientId, dependencies);
  // After the grant: a setup that is refused there leaves the former secret valid.
  const clientSecret = await settleSecret(application, dependencies);
  const tenant = await settleTenant(request, { clientId, clientSecret }, dependencies);
  if (request.endpoint !== undefined) await settleLogStream(request.endpoint, tenant, dependencies);
  for (const line of await dependencies.check(tenant)) dependencies.say(line);
  return tenant;
}
