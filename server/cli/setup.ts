import { bareDomain } from '../../src/settings';
import type { Clock } from '../../src/time';
import { HostError } from '../errors';
import { createTriggerTokens } from '../log-streams/trigger-tokens';
import { withStartFound } from '../tenants/find-start';
import { type Administration, openAdministration } from '../tenants/setup/administration';
import type { AdministrationCredentials } from '../tenants/setup/administration-fetch';
import { pushEndpoint } from '../tenants/setup/intended';
import { checkDomain } from '../tenants/setup/request';
import { type SetupLine, setUp } from '../tenants/setup/set-up';
import { domainToTakeBack, takeBack } from '../tenants/setup/take-back';
import { toTerraform } from '../tenants/setup/terraform';
import { tryOut } from '../tenants/setup/try-out';
import { nameProblem, tenantWarnings } from '../tenants/tenant-settings';
import type { HostSetup } from './host-options';
import { readSecrets, type SecretSource } from './secret-input';
import { readTenantInput } from './tenant-input';
import { useTenants } from './tenants';
import type { Terminal } from './terminal';

/** What `setup` is given. */
interface SetUpOptions extends SecretSource {
  setup: HostSetup;
  /** Settings from environment and config.json, which are those of one tenant and of no other. */
  overrides: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Fires when the process is asked to stop. */
  stop: AbortSignal;
  /** Of the tenant, as it was typed, as are the next four; empty where it was not. */
  name: string;
  domain: string;
  push: string;
  adminClientId: string;
  /** In what language to print, in place of setting up. */
  print: string;
  /** Settings of the tenant. */
  typed: Readonly<Record<string, string>>;
  timeZone: string | undefined;
  isUndo: boolean;
  keepState: boolean;
  isJson: boolean;
  /** What the shell knows this program by, such as `node build/out/cli.mjs`. */
  command: string;
  /** For the answer. */
  terminal: Terminal;
  warn: (sentence: string) => void;
  /** Takes JSON. */
  printJson: (json: string) => void;
}

/** The name of the secret that a tenant is administered with, and the ID of the application that it belongs to. */
function credentialOf({ adminClientId, env }: SetUpOptions): { secret: string; clientId: string } {
  const clientId = adminClientId.trim() || env.AUTH0_ADMIN_CLIENT_ID?.trim() || '';
  const hasToken = Boolean(env.AUTH0_MANAGEMENT_TOKEN?.trim()) && adminClientId.trim() === '';
  return clientId === '' || hasToken
    ? { secret: 'AUTH0_MANAGEMENT_TOKEN', clientId: '' }
    : { secret: 'AUTH0_ADMIN_CLIENT_SECRET', clientId };
}

/**
 * Reads what the tenant is administered with, and with it other secrets that are to be read: what comes on standard
 * input is read once.
 */
async function readCredentials(
  options: SetUpOptions,
  others: readonly string[],
): Promise<{ credentials: AdministrationCredentials; secrets: Record<string, string> }> {
  const { secret, clientId } = credentialOf(options);
  const given = options.env[secret]?.trim() ?? '';
  const secrets = await readSecrets([...(given === '' ? [secret] : []), ...others], options);
  const value = given || (secrets[secret] ?? '');
  return { credentials: clientId === '' ? { token: value } : { clientId, clientSecret: value }, secrets };
}

/** What stands before a line of a check. */
const LABELS: Partial<Record<SetupLine['outcome'], string>> = {
  ok: 'OK',
  warning: 'Warning',
  failed: 'Failed',
};

/** Keeps what was done, and says it. */
function follow({ terminal, isJson }: SetUpOptions) {
  const lines: SetupLine[] = [];
  const say = (line: SetupLine) => {
    lines.push(line);
    if (isJson) return;
    const label = LABELS[line.outcome];
    if (label === undefined) terminal.line(line.text);
    else terminal.table([[label, line.text]]);
  };
  return { lines, say };
}

const administer = (options: SetUpOptions, domain: string, credentials: AdministrationCredentials) =>
  openAdministration({ ...options, domain, credentials, fetch, random: Math.random });

/** Says what was done also where it ended early. */
async function answer(
  options: SetUpOptions,
  domain: string,
  work: (say: (line: SetupLine) => void) => Promise<void>,
): Promise<number> {
  const { lines, say } = follow(options);
  try {
    await work(say);
  } finally {
    if (options.isJson) options.printJson(JSON.stringify({ name: options.name, domain, steps: lines }));
  }
  return lines.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

/** Sets the tenant up. */
function perform(options: SetUpOptions): Promise<number> {
  const { name, clock, terminal, isJson, command } = options;
  return useTenants(options, async ({ registry }, { logStreams }) => {
    const stored = await registry.find(name);
    const domain = bareDomain(
      options.domain || options.typed.AUTH0_DOMAIN || stored?.settings.AUTH0_DOMAIN || '',
    );
    if (domain === '') {
      throw new HostError(
        '--domain is missing: the domain of the Auth0 tenant, such as example.eu.auth0.com.',
        78,
      );
    }
    checkDomain(domain);
    const endpoint = options.push === '' ? undefined : pushEndpoint(options.push, name);
    const { AUTH0_DOMAIN: _, ...typed } = options.typed;
    let administration: Administration | undefined;
    const input = await readTenantInput(name, {
      ...options,
      typed: stored?.settings.SEGMENT_KEY ? typed : { SEGMENT_KEY: '-', ...typed },
      secrets: async (names) => {
        const { credentials, secrets } = await readCredentials(options, names);
        administration = administer(options, domain, credentials);
        return Object.fromEntries(names.map((one) => [one, secrets[one] ?? '']));
      },
    });
    return answer(options, domain, async (say) => {
      if (!administration) throw new Error('Nobody has asked for the credentials.');
      await setUp(
        { name, domain, input, endpoint },
        {
          administration,
          registry,
          tokens: createTriggerTokens(logStreams),
          check: async (tenant) =>
            tryOut(await registry.settingsOf(tenant), {
              fetch,
              clock,
              random: Math.random,
              stop: options.stop,
            }),
          mayReference: true,
          findStart: (before, settings) =>
            withStartFound(before, settings, { registry, clock, fetch, mayReference: true }),
          say,
        },
      );
      const tenant = await registry.find(name);
      if (tenant) tenantWarnings(tenant).forEach(options.warn);
      if (isJson) return;
      terminal.line(`Export now with: ${command} run ${name}`);
      terminal.line(`Export from now on, with the Dashboard: ${command} start`);
    });
  });
}

/** Takes the setup back. */
function undo(options: SetUpOptions): Promise<number> {
  const { name, keepState } = options;
  return useTenants(options, async ({ registry }) => {
    const typed = options.domain || options.typed.AUTH0_DOMAIN || '';
    const domain = await domainToTakeBack(name, bareDomain(typed), registry);
    const { credentials } = await readCredentials(options, []);
    const administration = administer(options, domain, credentials);
    return answer(options, domain, (say) => takeBack({ name, keepState }, { administration, registry, say }));
  });
}

/** What is typed and does not go together, before anything is asked for. */
function checkTyped({ name, print, typed, domain, isJson }: SetUpOptions): void {
  if (name === '') throw new HostError('The name of the tenant is missing: setup NAME.', 78);
  const problem = nameProblem(name);
  if (problem) throw new HostError(problem, 78);
  if (print === '') return;
  if (print !== 'terraform') {
    throw new HostError(`--print is ${JSON.stringify(print.slice(0, 60))}. It must be terraform.`, 78);
  }
  if (isJson) throw new HostError('--print terraform prints Terraform, and no JSON.', 78);
  if (domain === '' && !typed.AUTH0_DOMAIN) {
    throw new HostError(
      '--domain is missing: the domain of the Auth0 tenant, such as example.eu.auth0.com.',
      78,
    );
  }
}

/**
 * Sets a tenant up in Auth0 and here, takes that back, or prints it as Terraform.
 *
 * @returns the exit code: 1 where the tenant was set up but cannot be exported yet
 * @throws {HostError} where an argument is wrong or a request was refused; what was done before is said
 */
export async function setUpTenant(options: SetUpOptions): Promise<number> {
  checkTyped(options);
  if (options.isUndo) return undo(options);
  if (options.print === '') return perform(options);
  const { name, push, terminal, command } = options;
  const domain = bareDomain(options.domain || options.typed.AUTH0_DOMAIN || '');
  checkDomain(domain);
  const endpoint = push === '' ? undefined : pushEndpoint(push, name);
  terminal.verbatim(toTerraform({ name, domain, endpoint, command }).trimEnd());
  return 0;
}
