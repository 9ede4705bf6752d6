import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { type Answer, type Call, jsonAnswer } from '../http/server';
import { apiError, invalidBody, objectOf, pageOf } from './api';

/** An application of the tenant, as the Management API answers it to who may read its secret. */
export interface SandboxClient {
  client_id: string;
  client_secret: string;
  name: string;
  [field: string]: unknown;
}

/** What a client may do with the tenant's Management API. */
export interface SandboxGrant {
  id: string;
  client_id: string;
  audience: string;
  scope: readonly string[];
  subject_type: 'client';
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Letters and digits as Auth0's ids and secrets have them. */
const letters = (length: number) =>
  [...randomBytes(length)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');

/** Fields that Auth0 adds to a new application if the request does not set them. */
const CLIENT_DEFAULTS = {
  tenant: 'sandbox-tenant',
  global: false,
  app_type: 'regular_web',
  is_first_party: true,
  oidc_conformant: false,
  sso_disabled: false,
  cross_origin_auth: false,
  custom_login_page_on: true,
  callbacks: [],
  allowed_clients: [],
  grant_types: ['authorization_code', 'implicit', 'refresh_token', 'client_credentials'],
  token_endpoint_auth_method: 'client_secret_post',
  jwt_configuration: { alg: 'RS256', lifetime_in_seconds: 36_000, secret_encoded: false },
  refresh_token: {
    expiration_type: 'non-expiring',
    leeway: 0,
    infinite_token_lifetime: true,
    infinite_idle_token_lifetime: true,
    token_lifetime: 31_557_600,
    idle_token_lifetime: 2_592_000,
    rotation_type: 'non-rotating',
  },
} as const;

/** A client that is there from the start, with what it is granted. */
interface FirstClient {
  id: string;
  secret: string;
  name: string;
  scopes: readonly string[];
}

const newGrant = () => ({ id: `cgr_${letters(16)}`, subject_type: 'client' }) as const;

/** Applications of a tenant, and what each may do with the Management API. */
export interface Applications {
  clients: readonly SandboxClient[];
  grants: readonly SandboxGrant[];
}

/** The tenant's applications, and what each may do with the Management API. */
export class SandboxClients {
  readonly #clients = new Map<string, SandboxClient>();
  readonly #grants = new Map<string, SandboxGrant>();
  /** Ids of the clients that are there from the start. */
  readonly #first: ReadonlySet<string>;
  /** Ids of those deleted through the Management API, in that order. */
  readonly deleted: string[] = [];

  /**
   * @param most applications that the plan allows
   * @param created those of an earlier tenant that this one continues
   * @param onChange called after an application or grant was created, changed or deleted
   */
  constructor(
    first: readonly FirstClient[],
    readonly most = Number.POSITIVE_INFINITY,
    created: Applications = { clients: [], grants: [] },
    readonly onChange: (created: Applications) => void = () => {},
  ) {
    for (const { id, secret, name, scopes } of first) {
      this.#clients.set(id, {
        ...CLIENT_DEFAULTS,
        client_id: id,
        client_secret: secret,
        name,
        app_type: 'non_interactive',
      });
      this.#setGrant({ ...newGrant(), client_id: id, audience: '', scope: scopes });
    }
    this.#first = new Set(first.map(({ id }) => id));
    for (const client of created.clients) this.#clients.set(client.client_id, client);
    for (const grant of created.grants) this.#setGrant(grant);
  }

  #setClient<T extends SandboxClient>(client: T): T {
    this.#clients.set(client.client_id, client);
    this.#changed();
    return client;
  }

  #setGrant(grant: SandboxGrant): SandboxGrant {
    this.#grants.set(grant.id, grant);
    return grant;
  }

  #changed(): void {
    const isCreated = ({ client_id }: { client_id: string }) => !this.#first.has(client_id);
    this.onChange({ clients: this.all().filter(isCreated), grants: this.grants().filter(isCreated) });
  }

  all(): SandboxClient[] {
    return [...this.#clients.values()];
  }

  find(id: string): SandboxClient | undefined {
    return this.#clients.get(id);
  }

  create(fields: Readonly<Record<string, unknown>> & { name: string }): SandboxClient {
    return this.#setClient({
      ...CLIENT_DEFAULTS,
      ...fields,
      client_id: letters(32),
      client_secret: letters(64),
    });
  }

  change(client: SandboxClient, fields: Readonly<Record<string, unknown>>): SandboxClient {
    return this.#setClient({ ...client, ...fields, client_id: client.client_id });
  }

  rotate(client: SandboxClient): SandboxClient {
    return this.change(client, { client_secret: letters(64) });
  }

  /** Its grants go with it. */
  delete(id: string): void {
    this.deleted.push(id);
    this.#clients.delete(id);
    for (const grant of this.grants()) if (grant.client_id === id) this.#grants.delete(grant.id);
    this.#changed();
  }

  grants(): SandboxGrant[] {
    return [...this.#grants.values()];
  }

  grantOf(clientId: string): SandboxGrant | undefined {
    return this.grants().find(({ client_id }) => client_id === clientId);
  }

  addGrant(grant: Omit<SandboxGrant, 'id' | 'subject_type'>): SandboxGrant {
    const added = this.#setGrant({ ...newGrant(), ...grant });
    this.#changed();
    return added;
  }

  changeGrant(grant: SandboxGrant, scope: readonly string[]): SandboxGrant {
    const changed = this.#setGrant({ ...grant, scope });
    this.#changed();
    return changed;
  }

  findGrant(id: string): SandboxGrant | undefined {
    return this.#grants.get(id);
  }

  deleteGrant(id: string): void {
    this.#grants.delete(id);
    this.#changed();
  }
}

/** A client as it is answered: its secret only to who may read the keys of clients. */
function shown(client: SandboxClient, scopes: readonly string[]): Record<string, unknown> {
  const { client_secret, ...open } = client;
  return scopes.includes('read:client_keys') ? { ...open, client_secret } : open;
}

const clientFields = v.looseObject({
  name: v.pipe(v.string(), v.minLength(1), v.regex(/^[^<>]+$/)),
  app_type: v.optional(v.string()),
  client_metadata: v.optional(v.record(v.pipe(v.string(), v.maxLength(255)), v.string())),
});

/** `GET` and `POST /api/v2/clients`. */
export function answerClients(clients: SandboxClients, call: Call, scopes: readonly string[]): Answer {
  if (call.method === 'GET') {
    const type = call.query.get('app_type');
    const found = clients.all().filter(({ app_type }) => type === null || app_type === type);
    return pageOf(
      call.query,
      'clients',
      found.map((client) => shown(client, scopes)),
    );
  }
  const parsed = v.safeParse(clientFields, objectOf(call));
  if (!parsed.success) return invalidBody(parsed.issues[0].message);
  if (clients.all().length >= clients.most) {
    return apiError(
      403,
      'You reached the limit of entities of this type for this tenant.',
      'too_many_entities',
    );
  }
  // The answer to a creation has the secret, whoever asked.
  return jsonAnswer(201, clients.create(parsed.output));
}

/** `GET`, `PATCH` and `DELETE /api/v2/clients/{id}`; a client that is gone is deleted already. */
export function answerClient(
  clients: SandboxClients,
  call: Call,
  { id, scopes }: { id: string; scopes: readonly string[] },
): Answer {
  if (call.method === 'DELETE') {
    clients.delete(id);
    return { status: 204, body: '' };
  }
  const client = clients.find(id);
  if (!client) return apiError(404, 'The client does not exist.', 'inexistent_client');
  if (call.method === 'GET') return jsonAnswer(200, shown(client, scopes));
  const parsed = v.safeParse(v.partial(clientFields), objectOf(call));
  if (!parsed.success) return invalidBody(parsed.issues[0].message);
  return jsonAnswer(200, shown(clients.change(client, parsed.output), scopes));
}

/** `POST /api/v2/clients/{id}/rotate-secret`: the former secret is worth nothing from now on. */
export function answerSecret(clients: SandboxClients, id: string): Answer {
  const client = clients.find(id);
  if (!client) return apiError(404, 'The client does not exist.', 'inexistent_client');
  return jsonAnswer(200, clients.rotate(client));
}

const scope = v.array(v.string());
const grantFields = v.object({
  client_id: v.string(),
  audience: v.string(),
  scope,
});

/** `GET` and `POST /api/v2/client-grants`; the Management API is the only one that can be granted. */
export function answerGrants(clients: SandboxClients, call: Call): Answer {
  const own = [`https://${call.headers.host}/api/v2/`, `http://${call.headers.host}/api/v2/`];
  if (call.method === 'GET') {
    const clientId = call.query.get('client_id');
    const audience = call.query.get('audience');
    const found = clients
      .grants()
      .filter(({ client_id }) => clientId === null || client_id === clientId)
      .map((grant) => ({ ...grant, audience: grant.audience || `https://${call.headers.host}/api/v2/` }))
      .filter((grant) => audience === null || grant.audience === audience);
    return pageOf(call.query, 'client_grants', found);
  }
  const parsed = v.safeParse(grantFields, objectOf(call));
  if (!parsed.success) return invalidBody(parsed.issues[0].message);
  const { client_id, audience } = parsed.output;
  if (!clients.find(client_id)) return apiError(404, 'The client does not exist.', 'inexistent_client');
  if (!own.includes(audience)) {
    return apiError(404, `The resource server does not exist: ${audience}.`, 'inexistent_resource_server');
  }
  if (clients.grantOf(client_id)) {
    return apiError(
      409,
      `A client grant already exists between ${client_id} and ${audience}.`,
      'client_grant_conflict',
    );
  }
  return jsonAnswer(201, clients.addGrant(parsed.output));
}

/** `PATCH` and `DELETE /api/v2/client-grants/{id}`; a grant that is gone is deleted already. */
export function answerGrant(clients: SandboxClients, call: Call, id: string): Answer {
  if (call.method === 'DELETE') {
    clients.deleteGrant(id);
    return { status: 204, body: '' };
  }
  const grant = clients.findGrant(id);
  if (!grant) return apiError(404, 'The client grant does not exist.', 'inexistent_client_grant');
  const parsed = v.safeParse(v.object({ scope }), objectOf(call));
  if (!parsed.success) return invalidBody(parsed.issues[0].message);
  return jsonAnswer(200, clients.changeGrant(grant, parsed.output.scope));
}
