import { bareDomain } from '../../../src/settings';
import { HostError } from '../../errors';
import { nameProblem } from '../tenant-settings';
import type { Application } from './administration';
import { checkDomain } from './request';
import { isMarked, type SetupDependencies, streamOf } from './set-up';

/** What a setup is taken back with. */
type TakeBackDependencies = Pick<SetupDependencies, 'administration' | 'registry' | 'say'>;

/** Whose setup is taken back. */
interface TakeBackRequest {
  name: string;
  /** Whether checkpoint and history stay for a tenant that is added under the name later. */
  keepState: boolean;
}

/**
 * The domain of the tenant whose setup is to be taken back.
 *
 * @param domain as it was typed; empty where it was not, which will do where the tenant is stored
 * @throws {HostError}
 */
export async function domainToTakeBack(
  name: string,
  domain: string,
  registry: Pick<SetupDependencies['registry'], 'find'>,
): Promise<string> {
  const problem = nameProblem(name);
  if (problem) throw new HostError(problem, 78);
  if (domain !== '') checkDomain(domain);
  const tenant = await registry.find(name);
  if (tenant && tenant.origin !== 'stored') {
    throw new HostError(
      `Tenant ${name} is given by ${tenant.origin === 'declared' ? 'TENANTS_FILE' : 'the environment'}, and was not made by a setup. Take it out there.`,
      78,
    );
  }
  const stored = tenant?.settings.AUTH0_DOMAIN ?? '';
  if (domain === '' && stored === '') {
    throw new HostError(
      `There is no tenant ${name} here. Give --domain to take back what is left in Auth0.`,
      78,
    );
  }
  if (domain !== '' && stored !== '' && bareDomain(stored) !== domain) {
    throw new HostError(`Tenant ${name} is that of ${stored}, and not of ${domain}. Leave --domain out.`, 78);
  }
  return domain || stored;
}

/** The application goes only where a setup has made it. */
async function deleteApplications(
  name: string,
  storedId: string,
  { administration, say }: TakeBackDependencies,
): Promise<void> {
  const made = (await administration.applications()).filter((client) => isMarked(client, name));
  for (const { client_id, name: label } of made) {
    for (const { id } of await administration.grants(client_id)) await administration.deleteGrant(id);
    say({ step: 'grant', outcome: 'deleted', text: `Took back what was granted to ${client_id}.` });
    await administration.deleteApplication(client_id);
    say({
      step: 'application',
      outcome: 'deleted',
      text: `Deleted the application ${label}, client ID ${client_id}.`,
    });
  }
  if (made.length > 0) return;
  const left: Application | undefined =
    storedId === '' ? undefined : await administration.application(storedId);
  const text = left
    ? `Left the application ${left.name}, client ID ${storedId}: no setup has made it. Delete it in Auth0 under Applications.`
    : 'Found no application that a setup has made.';
  say({ step: 'application', outcome: left ? 'left' : 'found', text });
}

/**
 * Takes back what a setup has made: log stream, grant, application, and the tenant last, so that it can be repeated
 * where it was interrupted.
 *
 * @throws {HostError} saying what to do; what was taken back before stays so
 */
export async function takeBack(
  { name, keepState }: TakeBackRequest,
  dependencies: TakeBackDependencies,
): Promise<void> {
  const { administration, registry, say } = dependencies;
  const tenant = await registry.find(name);
  const stream = streamOf(await administration.logStreams(), name);
  if (stream) await administration.deleteLogStream(stream.id);
  say(
    stream
      ? { step: 'log stream', outcome: 'deleted', text: `Deleted the log stream ${stream.name}.` }
      : { step: 'log stream', outcome: 'found', text: 'Found no log stream that a setup has made.' },
  );
  await deleteApplications(name, tenant?.settings.AUTH0_CLIENT_ID ?? '', dependencies);
  if (!tenant) return say({ step: 'tenant', outcome: 'found', text: `Found no tenant ${name} here.` });
  await registry.remove(name, keepState);
  const state = keepState ? '; its checkpoint and history stay' : ' with its checkpoint and history';
  say({ step: 'tenant', outcome: 'deleted', text: `Removed tenant ${name}${state}.` });
}
