import { readFile } from 'node:fs/promises';
import type { ClientConfig } from 'pg';
import { errorCode, HostError } from '../../errors';

/** Where a database is, and as whom it is used. */
export interface Address {
  /** `host:port/database`, without user and password. */
  readonly name: string;
  /** Empty where it is the system's own. */
  readonly user: string;
  readonly database: string;
  /** For each of the clients, also pg-boss's. It has the password. */
  readonly config: Pick<ClientConfig, 'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'>;
}

/** libpq's own words, without those that would go on unprotected where a server has no TLS. */
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];

const FORM = 'postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full';

/** Shows no part of the URL: an unencoded character can make any part of it one of the password. */
const badUrl = (cause: string, remedy: string) => new HostError(`DATABASE_URL ${cause}. ${remedy}.`, 78);

const WRITE_SO = `Write it as ${FORM}, with each character of the password that is neither a letter nor a digit as % and its code, such as %40 for @`;

/** Causes that keep a text from having one meaning. The URL parser guesses, so that parts of a password become the host. */
const AMBIGUITIES: readonly (readonly [RegExp, string])[] = [
  [/[\s\\]|\p{Cc}/u, 'has a space, a control character or a backslash'],
  [/#/, 'has an unencoded #'],
  [/@.*@/, 'has more than one unencoded @'],
  [/^[^@]*[/?][^@]*@/, 'has an unencoded / or ? before the @'],
  [/^[^?]*\/[^?]*\//, 'has more than one / after the host'],
];

function parseUrl(text: string): URL {
  const [, rest] = /^postgres(?:ql)?:\/\/(.*)$/is.exec(text) ?? [];
  if (rest === undefined) throw badUrl('does not begin with postgres://', WRITE_SO);
  const [, cause] = AMBIGUITIES.find(([pattern]) => pattern.test(rest)) ?? [];
  if (cause) throw badUrl(cause, WRITE_SO);
  try {
    return new URL(text);
  } catch {
    throw badUrl('is not a URL', WRITE_SO);
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badUrl('has a % that is not followed by the code of a character', WRITE_SO);
  }
}

const isLocal = (host: string): boolean =>
  host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);

/** What the URL says, or else none within this machine, and the safest across a network. */
function sslModeOf(url: URL, host: string): SslMode {
  const said = url.searchParams.get('sslmode');
  if (said === null) return isLocal(host) ? 'disable' : 'verify-full';
  const known = SSL_MODES.find((mode) => mode === said);
  if (known) return known;
  throw badUrl('has an unknown sslmode', `Use one of ${SSL_MODES.join(', ')}`);
}

async function readCertificate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new HostError(
      `The certificate ${path}, which sslrootcert in DATABASE_URL or PGSSLROOTCERT names, cannot be read (${errorCode(error)}). Put the certificate there of the authority that signed the database server's.`,
      78,
      error,
    );
  }
}

/** As libpq has it: an authority that is named is asked for in each mode but `disable`. */
async function tlsOf(mode: SslMode, rootCertificate: string | undefined): Promise<ClientConfig['ssl']> {
  if (mode === 'disable') return false;
  if (mode === 'require' && !rootCertificate) return { rejectUnauthorized: false };
  return {
    rejectUnauthorized: true,
    ...(rootCertificate ? { ca: await readCertificate(rootCertificate) } : {}),
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

/**
 * Reads DATABASE_URL.
 *
 * @param text such as `postgres://user:password@db.internal:5432/exporter?sslmode=verify-full`. Without `sslmode`, a
 * server on another machine must have TLS and a certificate that is valid for its name; `sslrootcert` is the file with
 * the authority's certificate, or `system`.
 * @param rootCertificate PGSSLROOTCERT, where the URL has no `sslrootcert`
 * @throws {HostError} where it is none, or the certificate cannot be read
 */
export async function parseAddress(text: string, rootCertificate?: string): Promise<Address> {
  const url = parseUrl(text);
  // An IPv6 address is in brackets there; a folder of Unix sockets is a parameter, as for libpq.
  const host = decode(url.hostname).replace(/^\[(.*)\]$/, '$1') || (url.searchParams.get('host') ?? '');
  const database = decode(url.pathname.slice(1));
  if (!host) throw badUrl('names no host', `Write it as ${FORM}`);
  if (!database) throw badUrl('names no database', `Write it as ${FORM}`);
  const port = Number(url.port || 5432);
  const authority = url.searchParams.get('sslrootcert') ?? rootCertificate;
  const user = decode(url.username);
  const password = decode(url.password);
  return {
    name: `${url.hostname || host}:${port}/${database}`,
    user,
    database,
    config: {
      host,
      port,
      database,
      ssl: await tlsOf(sslModeOf(url, host), authority === 'system' ? undefined : authority),
      // Left out, they are PGUSER's and PGPASSWORD's.
      ...(user ? { user } : {}),
      ...(password ? { password } : {}),
    },
  };
}
