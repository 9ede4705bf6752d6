import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError, nulCharacter } from '../../web/http';
import { type AccessLog, createAccessLog } from './access-log';
import { type Client, clientOf, createDevices, type TrustProxy } from './clients';
import { isAllowedHost, isProxied } from './origin';
import { createLoginLimit, createPasswordCheck, LONGEST_PASSWORD } from './password';
import { createSessions, isCsrfTokenOf, type Session } from './sessions';

/** A refusal that is usually temporary. */
export class RetryLater extends HttpError {
  /**
   * @param seconds until it is worth another try; the answer's `Retry-After`
   */
  constructor(
    status: 429 | 503,
    code: string,
    message: string,
    readonly seconds: number,
  ) {
    super(status, code, message);
  }
}

/** What decides who may come in. */
interface AccessOptions {
  /** Empty: everybody on this machine may. */
  password: string;
  /** Opens the metrics; empty: there is none. */
  metricsToken: string;
  /** Where browsers find the Dashboard, if something stands before it. */
  publicUrl: string | undefined;
  /** Names by which monitoring addresses /healthz and /metrics. */
  operationsHosts: readonly string[];
  trustProxy: TrustProxy;
  /** A session in which nobody does anything ends after so many milliseconds. */
  idleMs: number;
  /** Of this installation; it outlives the process. */
  secret: string;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Takes a line for each sign-in, refusal and change. */
  write: (line: string) => void;
}

/** Decides who may come in, and keeps track of who has. */
export interface Access {
  readonly hasPassword: boolean;
  readonly log: AccessLog;
  clientOf(request: IncomingMessage): Client;
  /**
   * Looks at a request before anything else does.
   *
   * @throws {HttpError} where it was not meant for this server, or came by a way on which everybody comes
   */
  admit(request: IncomingMessage): void;
  /** The session of a request; `undefined` where the password must be entered first. */
  sessionOf(request: IncomingMessage): Session | undefined;
  /** Somebody does something in a session: it is not idle. */
  touch(session: Session): void;
  isCsrfToken(session: Session, token: unknown): boolean;
  /**
   * Begins a session with the password; the one that the browser had before ends.
   *
   * @throws {HttpError} 401, 413, 429, 503
   */
  signIn(request: IncomingMessage, response: ServerResponse, password: string): Promise<void>;
  /**
   * Makes sure that whoever is signed in knows the password, where there is one.
   *
   * @throws {HttpError} 403, 413, 429, 503
   */
  confirm(request: IncomingMessage, response: ServerResponse, password: string | undefined): Promise<void>;
  signOut(request: IncomingMessage, response: ServerResponse): void;
  /** Ends every session. */
  signOutEverywhere(request: IncomingMessage, response: ServerResponse): void;
  sessions(): Session[];
  /** Whether a request may read the metrics. */
  mayReadMetrics(request: IncomingMessage): boolean;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Makes the access. */
export async function createAccess(options: AccessOptions): Promise<Access> {
  const { password: expected, metricsToken, publicUrl, trustProxy, idleMs, now } = options;
  const hasPassword = expected !== '';
  const log = createAccessLog(options.write, now);
  const limit = createLoginLimit(now);
  const devices = createDevices(options.secret);
  const sessions = createSessions({ hasPassword, idleMs, now });
  const checkPassword = hasPassword ? await createPasswordCheck(expected) : undefined;
  const client = (request: IncomingMessage) => clientOf(request, trustProxy, publicUrl);

  const sessionOf = (request: IncomingMessage) =>
    sessions.find(request.headers.cookie, client(request).isEncrypted);

  /** @throws {HttpError} 413, 429, 503 where the password was not looked at */
  const isPassword = async (request: IncomingMessage, response: ServerResponse, text: string) => {
    if (!checkPassword) return true;
    const { network, isEncrypted } = client(request);
    const device = devices.read(request.headers.cookie, isEncrypted);
    const counted = device === undefined ? network : `device ${device}`;
    const wait = limit.wait(counted);
    if (wait > 0) {
      const seconds = Math.ceil(wait / 1000);
      throw new RetryLater(
        429,
        'too_many_tries',
        `There were too many wrong passwords. Try again in ${seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`}.`,
        seconds,
      );
    }
    if (Buffer.byteLength(text) > LONGEST_PASSWORD) {
      throw new HttpError(413, 'password_too_long', `A password has ${LONGEST_PASSWORD} bytes at most.`);
    }
    // Whoever signed in before goes first, then whoever has asked least.
    const rank = device === undefined ? 1 + limit.pressure(counted) : 0;
    limit.count(counted);
    const result = await checkPassword({
      text,
      rank,
      isGone: () => request.socket.destroyed || response.destroyed,
    });
    if (result === 'busy' || result === 'gone') {
      limit.takeBack(counted);
      throw new RetryLater(
        503,
        'busy',
        'Too many passwords are being entered at once. Try again in a second.',
        1,
      );
    }
    if (result === 'right') limit.noteSuccess(counted);
    return result === 'right';
  };

  return {
    hasPassword,
    log,
    clientOf: client,
    sessionOf,
    touch: sessions.touch,
    isCsrfToken: isCsrfTokenOf,
    sessions: sessions.list,
    admit: (request) => {
      const { url = '/' } = request;
      if (!isAllowedHost(request, options)) {
        throw new HttpError(
          421,
          'unknown_host',
          'This server does not answer to the name in the Host header. If the name is right, set DASHBOARD_URL, or OPERATIONS_HOSTS for /healthz and /metrics.',
        );
      }
      if (!hasPassword && isProxied(request)) {
        throw new HttpError(
          403,
          'proxied_without_password',
          'A proxy has passed this request on, so others than this machine may reach the Dashboard, which has no password. Set DASHBOARD_PASSWORD.',
        );
      }
      let decoded: string;
      try {
        decoded = decodeURIComponent(url);
      } catch {
        throw new HttpError(
          400,
          'malformed_address',
          'The address has a % that no two hexadecimal digits of UTF-8 follow. Write it as %25.',
        );
      }
      if (decoded.includes('\0')) throw nulCharacter('address');
    },
    signIn: async (request, response, text) => {
      const { address, isEncrypted } = client(request);
      if (!(await isPassword(request, response, text))) {
        throw new HttpError(401, 'wrong_password', 'This is not the password of this Dashboard.');
      }
      const before = hasPassword ? sessionOf(request) : undefined;
      if (before) sessions.end(before);
      const { cookie, 'user-agent': browser = '' } = request.headers;
      response.setHeader('set-cookie', [
        sessions.begin({ address, browser }, isEncrypted),
        devices.remember(cookie, isEncrypted),
      ]);
      log.note(address, 'signed in');
    },
    confirm: async (request, response, text = '') => {
      if (!hasPassword) return;
      if (text === '') {
        throw new HttpError(
          403,
          'password_needed',
          'Enter the password of the Dashboard again: this changes or removes what the export signs in with, or where it reports.',
        );
      }
      if (!(await isPassword(request, response, text))) {
        throw new HttpError(403, 'wrong_password', 'This is not the password of this Dashboard.');
      }
    },
    signOut: (request, response) => {
      const { address, isEncrypted } = client(request);
      const session = sessionOf(request);
      if (session) sessions.end(session);
      response.setHeader('set-cookie', sessions.forget(isEncrypted));
      log.note(address, 'signed out');
    },
    signOutEverywhere: (request, response) => {
      const { address, isEncrypted } = client(request);
      for (const session of sessions.list()) sessions.end(session);
      response.setHeader('set-cookie', sessions.forget(isEncrypted));
      log.note(address, 'signed out everywhere');
    },
    mayReadMetrics: (request) => {
      const [, token = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
      if (metricsToken !== '' && timingSafeEqual(digest(token), digest(metricsToken))) return true;
      // Without a password there is a session for everybody, which a token is meant to narrow down.
      return hasPassword ? sessionOf(request) !== undefined : metricsToken === '';
    },
  };
}
