import { ClientGrantsClient } from 'auth0/clientGrants';
import { ClientsClient } from 'auth0/clients';
import { LogStreamsClient } from 'auth0/logStreams';
import * as v from 'valibot';
import { HostError } from '../../errors';
import {
  AdministrationError,
  type AdministrationOptions,
  createAdministrationOptions,
  unwrapAdministrationError,
} from './administration-fetch';
import {
  applicationOf,
  audienceOf,
  CONTENT,
  FILTER_CATEGORIES,
  GRANTED_SCOPES,
  nameInAuth0,
} from './intended';

const clientSchema = v.object({
  client_id: v.string(),
  name: v.optional(v.string(), ''),
  client_secret: v.optional(v.string()),
  client_metadata: v.nullish(v.record(v.string(), v.unknown()), {}),
});
const grantSchema = v.object({
  id: v.string(),
  audience: v.string(),
  scope: v.nullish(v.array(v.string()), []),
  /** Such a grant has no `scope`, and includes every scope. */
  allow_all_scopes: v.nullish(v.boolean(), false),
  subject_type: v.nullish(v.string(), 'client'),
});
const streamSchema = v.object({
  id: v.string(),
  name: v.optional(v.string(), ''),
  type: v.string(),
  status: v.optional(v.string(), 'active'),
  filters: v.nullish(v.array(v.looseObject({ name: v.optional(v.string()) })), []),
  sink: v.optional(
    v.object({
      httpEndpoint: v.optional(v.string()),
      httpContentType: v.optional(v.string()),
      httpContentFormat: v.optional(v.string()),
      httpAuthorization: v.optional(v.string()),
    }),
    {},
  ),
});

/** An application of a tenant; its secret where the token may see it, and when it was made. */
export type Application = v.InferOutput<typeof clientSchema>;
/** What an application may do with the Management API. */
type ApplicationGrant = v.InferOutput<typeof grantSchema>;
/** A log stream of a tenant, of any type. */
export type LogStream = v.InferOutput<typeof streamSchema>;

/** What a setup does in an Auth0 tenant. Everything throws a {@link HostError} that says what to do. */
export interface Administration {
  /** Every machine-to-machine application; secrets where the token may see them. */
  applications(): Promise<Application[]>;
  /** `undefined` where it is gone. */
  application(clientId: string): Promise<Application | undefined>;
  createApplication(tenant: string): Promise<Application>;
  /** Makes a new secret; the former one is worth nothing from then on. */
  rotateSecret(clientId: string): Promise<string>;
  deleteApplication(clientId: string): Promise<void>;
  /** For the Management API. */
  grants(clientId: string): Promise<ApplicationGrant[]>;
  /** Grants what an export needs; where somebody was quicker, nothing is done. */
  createGrant(clientId: string): Promise<void>;
  changeGrant(id: string, scopes: readonly string[]): Promise<void>;
  deleteGrant(id: string): Promise<void>;
  logStreams(): Promise<LogStream[]>;
  /** @param authorization the header that its posts carry */
  createLogStream(tenant: string, endpoint: string, authorization: string): Promise<void>;
  changeLogStream(id: string, tenant: string, endpoint: string, authorization: string): Promise<void>;
  deleteLogStream(id: string): Promise<void>;
}

const PER_PAGE = 100;

/** The sink and the filters of the log stream. */
const streamOf = (tenant: string, endpoint: string, authorization: string) => ({
  name: nameInAuth0(tenant),
  sink: {
    httpEndpoint: endpoint,
    httpContentType: CONTENT.type,
    httpContentFormat: CONTENT.format,
    httpAuthorization: authorization,
  },
  filters: FILTER_CATEGORIES.map((name) => ({ type: 'category' as const, name })),
});

/** Opens a tenant for administration. Nothing is asked of it yet. */
export function openAdministration(options: AdministrationOptions): Administration {
  const clientOptions = createAdministrationOptions(options);
  const [clients, grants, streams] = [
    new ClientsClient(clientOptions),
    new ClientGrantsClient(clientOptions),
    new LogStreamsClient(clientOptions),
  ];
  const { domain } = options;
  const audience = audienceOf(domain);

  /** Has Auth0 asked, and reads what it answers. */
  async function ask<Output>(
    schema: v.GenericSchema<unknown, Output>,
    request: () => PromiseLike<unknown>,
  ): Promise<Output> {
    const answer = await tell(request);
    const parsed = v.safeParse(schema, answer);
    if (parsed.success) return parsed.output;
    throw new HostError(
      `${domain} answered with something that Auth0 would not say. Check the domain: something other than Auth0 seems to answer there.`,
      78,
    );
  }
  async function tell(request: () => PromiseLike<unknown>): Promise<unknown> {
    try {
      return await request();
    } catch (error) {
      throw unwrapAdministrationError(error);
    }
  }
  const isStatus = (error: unknown, status: number) =>
    error instanceof AdministrationError && error.status === status;

  return {
    applications: () =>
      ask(v.array(clientSchema), async () => {
        const found: unknown[] = [];
        const page = await clients.list({ app_type: 'non_interactive', per_page: PER_PAGE });
        for await (const client of page) found.push(client);
        return found;
      }),
    application: async (clientId) => {
      try {
        return await ask(clientSchema, () => clients.get(clientId));
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        throw error;
      }
    },
    createApplication: (tenant) => ask(clientSchema, () => clients.create(applicationOf(tenant))),
    rotateSecret: async (clientId) => {
      const { client_secret } = await ask(v.object({ client_secret: v.string() }), () =>
        clients.rotateSecret(clientId),
      );
      return client_secret;
    },
    deleteApplication: async (clientId) => {
      await tell(() => clients.delete(clientId));
    },
    grants: (clientId) =>
      ask(v.array(grantSchema), async () => {
        const found: unknown[] = [];
        const page = await grants.list({ client_id: clientId, audience });
        for await (const grant of page) found.push(grant);
        return found;
      }),
    createGrant: async (clientId) => {
      try {
        await tell(() => grants.create({ client_id: clientId, audience, scope: [...GRANTED_SCOPES] }));
      } catch (error) {
        if (!isStatus(error, 409)) throw error;
      }
    },
    changeGrant: async (id, scopes) => {
      await tell(() => grants.update(id, { scope: [...scopes] }));
    },
    deleteGrant: async (id) => {
      await tell(() => grants.delete(id));
    },
    logStreams: () => ask(v.array(streamSchema), () => streams.list()),
    createLogStream: async (tenant, endpoint, authorization) => {
      await tell(() => streams.create({ type: 'http', ...streamOf(tenant, endpoint, authorization) }));
    },
    changeLogStream: async (id, tenant, endpoint, authorization) => {
      await tell(() =>
        streams.update(id, { status: 'active', ...streamOf(tenant, endpoint, authorization) }),
      );
    },
    deleteLogStream: async (id) => {
      await tell(() => streams.delete(id));
    },
  };
}
