import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readCookies } from '../../web/cookies';

/**
 * The name of a cookie. By https it is one that browsers take from this very host alone, and only encrypted.
 *
 * @param isEncrypted whether the browser came by https
 */
const nameOf = (name: string, isEncrypted: boolean) => (isEncrypted ? `__Host-${name}` : name);

/** The value of a cookie of the Dashboard; empty without one. */
export function readDashboardCookie(header: string | undefined, name: string, isEncrypted: boolean): string {
  return readCookies(header).get(nameOf(name, isEncrypted)) ?? '';
}

/**
 * A `Set-Cookie` header for the whole of the Dashboard, which no script reads and no other site sends along.
 *
 * @param value base64url and dots only: nothing is encoded
 * @param seconds how long it is kept; 0 takes it away
 */
export function setDashboardCookie(
  name: string,
  value: string,
  seconds: number,
  isEncrypted: boolean,
): string {
  return `${nameOf(name, isEncrypted)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isEncrypted ? '; Secure' : ''}`;
}

const COOKIE = 'dashboard-session';
/** A session ends after so long even in use: OWASP ASVS 3.3.2 asks for twelve hours at level 2. */
const LONGEST_MS = 12 * 60 * 60 * 1000;
const MOST_SESSIONS = 100;
/** Longer names of browsers are cut. */
const LONGEST_BROWSER = 200;

/** Somebody who is signed in. */
export interface Session {
  /** Names it in the list and in what is derived from it; it opens nothing. */
  readonly id: string;
  /** What its page must send with every change. */
  readonly csrfToken: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Milliseconds since 1970: when it ends even in use. */
  readonly until: number;
  /** Milliseconds since 1970: when somebody last did something. */
  seenAt: number;
  readonly address: string;
  /** What the browser calls itself. */
  readonly browser: string;
  /** What ends with it, such as streams. */
  readonly ends: Set<() => void>;
}

/** Who is signed in. */
interface Sessions {
  /** The session of a request; `undefined` without one that is still valid. */
  find(cookieHeader: string | undefined, isEncrypted: boolean): Session | undefined;
  /** Those that are still valid. */
  list(): Session[];
  /** Somebody does something: it is not idle. */
  touch(session: Session): void;
  /**
   * Begins a session.
   *
   * @returns a `Set-Cookie` header
   */
  begin(who: { address: string; browser: string }, isEncrypted: boolean): string;
  /** Ends a session, with all that hangs on it. */
  end(session: Session): void;
  /** A `Set-Cookie` header that takes the cookie away. */
  forget(isEncrypted: boolean): string;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Whether a token is that of a session, in the same time whatever it is. */
export function isCsrfTokenOf({ csrfToken }: Session, token: unknown): boolean {
  return typeof token === 'string' && timingSafeEqual(digest(token), digest(csrfToken));
}

/**
 * Makes the sessions. They live in memory: a restart, which a change of the password takes, signs everybody out.
 *
 * @param hasPassword without one everybody on this machine is signed in, in one session
 * @param idleMs a session in which nobody does anything ends after so long
 */
export function createSessions({
  hasPassword,
  idleMs,
  now,
}: {
  hasPassword: boolean;
  idleMs: number;
  now: () => number;
}): Sessions {
  const key = randomBytes(32);
  const sessions = new Map<string, Session>();
  // Kept by digests: looking one up takes the same time whatever was sent.
  const nameOf = (value: string) => digest(value).toString('hex');
  const make = (value: string, who: { address: string; browser: string }): Session => ({
    id: nameOf(`id ${value}`).slice(0, 16),
    csrfToken: createHmac('sha256', key).update(value).digest('base64url'),
    startedAt: now(),
    until: now() + LONGEST_MS,
    seenAt: now(),
    address: who.address,
    browser: who.browser.slice(0, LONGEST_BROWSER),
    ends: new Set(),
  });
  const thisMachine: Session = {
    ...make(key.toString('hex'), { address: '', browser: '' }),
    until: Number.POSITIVE_INFINITY,
  };
  const endOf = (name: string) => {
    const session = sessions.get(name);
    sessions.delete(name);
    for (const end of session?.ends ?? []) end();
  };
  const sweep = () => {
    for (const [name, { until, seenAt }] of sessions) {
      if (until <= now() || seenAt + idleMs <= now()) endOf(name);
    }
  };
  return {
    find: (cookieHeader, isEncrypted) => {
      if (!hasPassword) return thisMachine;
      sweep();
      return sessions.get(nameOf(readDashboardCookie(cookieHeader, COOKIE, isEncrypted)));
    },
    list: () => {
      sweep();
      return hasPassword ? [...sessions.values()] : [thisMachine];
    },
    touch: (session) => {
      session.seenAt = now();
    },
    begin: (who, isEncrypted) => {
      sweep();
      const [oldest] = sessions.keys();
      if (sessions.size >= MOST_SESSIONS && oldest !== undefined) endOf(oldest);
      const value = randomBytes(32).toString('base64url');
      sessions.set(nameOf(value), make(value, who));
      return setDashboardCookie(COOKIE, value, LONGEST_MS / 1000, isEncrypted);
    },
    end: (session) => {
      for (const [name, one] of sessions) if (one === session) endOf(name);
    },
    forget: (isEncrypted) => setDashboardCookie(COOKIE, '', 0, isEncrypted),
  };
}
