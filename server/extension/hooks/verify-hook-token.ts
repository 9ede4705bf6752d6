import { jwtVerify } from 'jose';
import { HttpError } from '../http/http-error';
import type { Installation } from '../installation/installation';

/**
 * Verifies the token that the platform calls a hook with: signed with EXTENSION_SECRET, for this hook of this
 * extension.
 *
 * @param authorization the request's `Authorization` header
 * @param path the hook's
 * @param now milliseconds since 1970
 * @throws {HttpError} 401 `hook_token`
 */
export async function verifyHookToken(
  authorization: string | undefined,
  path: string,
  { domain, extensionSecret, hookUrls }: Installation,
  now: number,
): Promise<void> {
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '';
  try {
    await jwtVerify(token, new TextEncoder().encode(extensionSecret), {
      algorithms: ['HS256'],
      issuer: `https://${domain}`,
      audience: hookUrls.map((url) => url + path),
      currentDate: new Date(now),
    });
  } catch {
    throw new HttpError(401, 'hook_token', 'Only the platform may call a hook, with a token for it.');
  }
}
