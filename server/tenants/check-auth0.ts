import { LRUCache } from 'lru-cache';
import { createTenant, type Tenant } from '../../src/auth0/client';
import { unwrapError } from '../../src/auth0/errors';
import { getLogPage, type Log, PAGE_SIZE } from '../../src/auth0/logs';
import type { User } from '../../src/auth0/user';
import { createFindUsers } from '../../src/auth0/users';
import { defaultSelection, defaultShape } from '../../src/choices/shape';
import { listed, shown } from '../../src/choices/values';
import { ExportError } from '../../src/errors';
import { readCapped } from '../../src/http/read-capped';
import { isSelected } from '../../src/job/batches';
import { count } from '../../src/run-words';
import type { ParsedSettings } from '../../src/settings';
import { type Clock, clockWarning, createPeerClock, type PeerClock } from '../../src/time';
import { type Check, type CheckLine, createPeer, describeFailure, leftOut } from './check-line';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What the answers of a tenant say besides their content. */
interface Observed {
  /** The scopes that the token answer names; `undefined` where it names none. */
  scopes: readonly string[] | undefined;
  /** Of `x-ratelimit-limit`; empty where no answer named it. */
  rateLimit: string;
}

/** A check of Auth0. */
interface Auth0Check extends Check {
  observed: Observed;
}

/** Such as `3 days` or `5 h`. */
function age(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return hours >= 1 ? `${hours} h` : `${Math.max(0, Math.floor(ms / 60_000))} min`;
}

/** A fetch that notes what an answer of Auth0 says besides its content. */
function observing(fetch: typeof globalThis.fetch, observed: Observed): typeof globalThis.fetch {
  return async (input, init) => {
    const answer = await fetch(input, init);
    observed.rateLimit = answer.headers.get('x-ratelimit-limit') ?? observed.rateLimit;
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    if (pathname !== '/oauth/token' || !answer.ok) return answer;
    const text = await readCapped(answer);
    observed.scopes = scopesIn(text);
    return new Response(text, { status: answer.status, headers: answer.headers });
  };
}

/** The scopes that an answer to a request for a token names. */
function scopesIn(text: string): readonly string[] | undefined {
  try {
    const body: unknown = JSON.parse(text);
    const scope = typeof body === 'object' && body !== null && 'scope' in body ? body.scope : undefined;
    return typeof scope === 'string' ? scope.split(' ') : undefined;
  } catch {
    return undefined;
  }
}

/** Says of a scope whether it is granted. A call has shown it, or has failed for another reason. */
function scopeLine(name: string, failure: unknown, check: Auth0Check, dependent: string): CheckLine {
  const reason = unwrapError(failure);
  const isNamed = check.observed.scopes?.includes(name);
  if (reason instanceof ExportError && reason.code === 'auth0_forbidden') {
    return {
      name,
      state: 'failure',
      text: describeFailure(reason, check) + leftOut(`the check of ${dependent} was`),
    };
  }
  if (failure === undefined) return { name, state: 'ok', text: 'Granted, and confirmed by a call.' };
  if (isNamed) return { name, state: 'ok', text: 'Granted, as the token says. No call has confirmed it.' };
  if (isNamed === undefined) {
    return { name, state: 'warning', text: 'Not confirmed: the call failed for another reason.' };
  }
  return {
    name,
    state: 'warning',
    text: 'The token does not name it, and no call has confirmed it.',
    remedy: `Grant ${name} to the application (Applications > APIs > Auth0 Management API).`,
  };
}

/** Names that are repeated of what recent logs are of, at most. */
const MOST_NAMED = 8;

/** The settings that leave out what they do not name, and what of a log they are about. */
const NARROWED = [
  { setting: 'CLIENTS', of: 'client' },
  { setting: 'CONNECTIONS', of: 'connection' },
] as const;

/**
 * What CLIENTS and CONNECTIONS name that no recent log is of, in sentences: mistyped, it would leave everything out
 * without a word.
 *
 * @param newest of all types
 */
function unseenNames(newest: readonly Log[], { settings }: ParsedSettings): string[] {
  const { selection = defaultSelection, chosen = {} } = settings ?? {};
  const candidates = newest.filter(({ type }) => selection.types.includes(type));
  if (candidates.length === 0) return [];
  return NARROWED.flatMap(({ setting, of }) => {
    const named = candidates.flatMap((log) => log[of] ?? []);
    const known = new Set(named.flatMap(({ id, name }) => [id.toLowerCase(), name.toLowerCase()]));
    const unseen = listed(chosen[setting] ?? '').filter((entry) => !known.has(entry.toLowerCase()));
    if (unseen.length === 0) return [];
    const seen = [...new Set(named.map(({ id, name }) => name || id))].filter((name) => name !== '');
    const more = seen.length > MOST_NAMED ? ` and ${seen.length - MOST_NAMED} more` : '';
    const others = seen.slice(0, MOST_NAMED).map(shown).join(', ');
    const found = seen.length === 0 ? 'They name none.' : `They name ${others}${more}.`;
    return `${setting} has ${unseen.map(shown).join(', ')}, which none of the newest ${count(candidates.length, 'sign-up or login', 'sign-ups and logins')} names. ${found}`;
  });
}

/** What a page of logs says: the newest first. */
function logsLine(
  newest: readonly Log[],
  oldest: Log | undefined,
  parsed: ParsedSettings,
  check: Auth0Check,
): CheckLine {
  const name = 'Logs';
  const { clock, observed } = check;
  const { selection, shape } = parsed.settings ?? { selection: defaultSelection, shape: defaultShape };
  const limit =
    observed.rateLimit === ''
      ? 'Auth0 does not say its rate limit.'
      : `Auth0 allows ${observed.rateLimit} requests at once (x-ratelimit-limit).`;
  if (newest.length === 0) {
    return {
      name,
      state: 'warning',
      text: `The tenant has no logs. ${limit}`,
      remedy: 'Log in to one of its applications, and check again.',
    };
  }
  const now = clock.now();
  const recent = newest.filter((log) => now - Date.parse(log.date) <= DAY_MS);
  const exported = recent.filter((log) => isSelected(log, selection));
  const counts = new Map<string, number>();
  for (const { type } of exported) {
    const event = shape.eventNames[type] ?? type;
    counts.set(event, (counts.get(event) ?? 0) + 1);
  }
  const events = [...counts].map(([event, number]) => `${number} ${event}`).join(', ');
  const isAll = recent.length === newest.length && newest.length === PAGE_SIZE;
  const span = isAll ? `Of the newest ${newest.length} logs` : `Of the ${recent.length} logs of the last day`;
  const retention = `The oldest log that the tenant keeps is ${age(now - Date.parse(oldest?.date ?? ''))} old.`;
  const found = `${span} ${exported.length} are exported${events && `: ${events}`}. ${retention} ${limit}`;
  const unseen = unseenNames(newest, parsed);
  if (unseen.length > 0) {
    return {
      name,
      state: 'warning',
      text: [found, ...unseen].join(' '),
      remedy: 'Correct what is mistyped. Where nothing is, log in there, and check again.',
    };
  }
  if (exported.length > 0) return { name, state: 'ok', text: found };
  return {
    name,
    state: 'warning',
    text: found,
    remedy:
      'Nothing would be sent of these. Log in to one of the applications, and check again; CLIENTS and CONNECTIONS, where set, leave the others out.',
  };
}

/** Reads a page of the newest logs, and the oldest log. */
async function readLogs({ logs }: Tenant): Promise<{ newest: Log[]; oldest: Log | undefined }> {
  const { logs: newest } = await getLogPage(logs, { sort: 'date:-1', per_page: PAGE_SIZE, page: 0 });
  const oldest = await getLogPage(logs, { sort: 'date:1', per_page: 1, page: 0 });
  return { newest, oldest: oldest.logs[0] };
}

/** Looks a user up as a run does, or lists one if no log names any. Returns how many were found. */
async function findUser(tenant: Tenant, id: string | undefined, clock: Clock): Promise<number> {
  if (id !== undefined) {
    const findUsers = createFindUsers<User>(tenant, {
      cache: new LRUCache({ max: 1 }),
      keep: (user) => user,
      onLookUp: () => {},
      onMalformed: () => {},
      onSearchPause: () => {},
      clock,
    });
    return (await findUsers([{ id, at: 0, isSignup: false }])).size;
  }
  const page = await tenant.users.list({
    search_engine: 'v3',
    per_page: 1,
    primary_order: false,
    include_totals: false,
  });
  const found: unknown = page.response;
  return Array.isArray(found) ? found.length : 0;
}

/**
 * Checks what a run needs of Auth0: each line as it becomes known.
 *
 * @param parsed the settings; without those of a tenant there is nothing to check
 */
export async function* checkAuth0(parsed: ParsedSettings, common: Check): AsyncGenerator<CheckLine> {
  if (!parsed.tenant) return;
  const { redactor, clock, random } = common;
  const observed: Observed = { scopes: undefined, rateLimit: '' };
  const check: Auth0Check = { ...common, observed };
  const auth0Clock = createPeerClock(clock);
  const peer = createPeer(common);
  let isTokenKnown = false;
  const tenant = createTenant({
    ...parsed.tenant,
    fetch: observing(peer.fetch, observed),
    clock,
    auth0Clock,
    deadline: peer.deadline,
    random,
    redact: redactor.text,
    onRequest: () => {},
    onToken: (token) => {
      isTokenKnown = true;
      redactor.add(token);
    },
  });
  const attempt = async <T>(work: () => Promise<T>): Promise<{ done: T } | { failed: unknown }> => {
    peer.begin();
    try {
      return { done: await work() };
    } catch (error) {
      return { failed: error };
    }
  };

  const read = await attempt(() => readLogs(tenant));
  if (!isTokenKnown) {
    const text = 'failed' in read ? describeFailure(read.failed, check) : '';
    yield {
      name: 'Token',
      state: 'failure',
      text: text + leftOut('the scopes, logs and users were'),
    };
    yield* clockLine(auth0Clock);
    return;
  }
  yield {
    name: 'Token',
    state: 'ok',
    text: `Auth0 gives an access token to client ${parsed.tenant.clientId}.`,
  };
  const logsFailure = 'failed' in read ? read.failed : undefined;
  const logsScope = scopeLine('read:logs', logsFailure, check, 'logs');
  yield logsScope;
  if ('done' in read) yield logsLine(read.done.newest, read.done.oldest, parsed, check);
  else if (logsScope.state !== 'failure') {
    yield { name: 'Logs', state: 'failure', text: describeFailure(read.failed, check) };
  }

  const userId = 'done' in read ? read.done.newest.find((log) => log.userId !== '')?.userId : undefined;
  const found = await attempt(() => findUser(tenant, userId, clock));
  const usersFailure = 'failed' in found ? found.failed : undefined;
  const usersScope = scopeLine('read:users', usersFailure, check, 'users');
  yield usersScope;
  if ('done' in found) {
    const whose = userId === undefined ? 'A user' : 'The user of the newest log that names one';
    const isFound = found.done > 0;
    yield {
      name: 'Users',
      state: 'ok',
      text: isFound
        ? `${whose} was looked up and found.`
        : `${whose} was looked up, and there is none: an event of a user that is gone goes without a profile.`,
    };
  } else if (usersScope.state !== 'failure') {
    yield { name: 'Users', state: 'failure', text: describeFailure(found.failed, check) };
  }
  yield* clockLine(auth0Clock);
}

/** Compares the local clock with Auth0's, if an answer had a `Date`. */
function* clockLine(auth0Clock: PeerClock): Generator<CheckLine> {
  const aheadMs = auth0Clock.localAheadMs();
  if (aheadMs === undefined) return;
  const name = 'Clock';
  const warning = clockWarning(auth0Clock);
  if (warning) {
    yield { name, state: 'warning', text: warning };
    return;
  }
  const seconds = Math.ceil(Math.abs(aheadMs) / 1000);
  const text =
    seconds === 0
      ? "This machine's clock and Auth0's agree to the second."
      : `This machine's clock and Auth0's are ${seconds} s apart, which does no harm.`;
  yield { name, state: 'ok', text };
}
