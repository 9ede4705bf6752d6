import { bareDomain } from '../../../src/settings';
import { HostError } from '../../errors';
import { manifest } from '../../manifest';
import type { TenantInput, TenantRegistry } from '../registry';
import { isReference, secretSettings } from '../secret-reference';
import { TenantError } from '../tenant-error';
import {
  checkSchedule,
  isTenantSetting,
  nameProblem,
  settingProblems,
  startToFind,
  unknownSetting,
} from '../tenant-settings';
import type { TenantRow } from '../tenant-store';

/** Which tenant is to be set up, and how. */
export interface SetupRequest {
  name: string;
  domain: string;
  /** Its settings but for those of the application, among them SEGMENT_KEY where the tenant is not stored yet. */
  input: TenantInput;
  /** Where the log stream posts to; `undefined`: none is made. */
  endpoint: string | undefined;
}

/** What a request is checked against. */
interface KnownTenants {
  registry: Pick<TenantRegistry, 'find'>;
  /** Whether secrets may be references to this machine's files and variables. */
  mayReference: boolean;
}

/**
 * Makes sure that a domain can be that of a tenant, before a secret is sent there.
 *
 * @throws {HostError}
 */
export function checkDomain(domain: string): void {
  const problem = settingProblems({ AUTH0_DOMAIN: domain }).AUTH0_DOMAIN;
  if (problem) throw new HostError(problem.replace('AUTH0_DOMAIN', 'The domain'), 78);
}

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
      ...(startToFind(settings) && { START_FROM: '' }),
    }),
    ...checkSchedule(schedule || manifest.schedule, timeZone || tenant?.timeZone || 'UTC').problems,
    ...problems,
  };
}

/** The tenant, where it is stored already, and what is wrong with what was entered for it. */
async function lookAt(request: SetupRequest, { registry, mayReference }: KnownTenants) {
  const tenant = nameProblem(request.name) ? undefined : await registry.find(request.name);
  return { tenant, problems: problemsIn(request, tenant, mayReference) };
}

/** What is wrong with what was entered: sentences by the names of settings. */
export const setupProblems = async (
  request: SetupRequest,
  known: KnownTenants,
): Promise<Record<string, string>> => (await lookAt(request, known)).problems;

/**
 * Makes sure that a tenant can be set up at all, before anything is done.
 *
 * @returns the tenant, where it is stored
 * @throws {TenantError} `invalid`, for what was entered
 * @throws {HostError} where the tenant is not changed here
 */
export async function checkRequest(
  request: SetupRequest,
  known: KnownTenants,
): Promise<TenantRow | undefined> {
  const { name, domain } = request;
  const { tenant, problems } = await lookAt(request, known);
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
  if (bareDomain(stored) !== domain) {
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
