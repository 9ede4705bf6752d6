import type { IncomingMessage } from 'node:http';
import { decodeJwt } from 'jose';
import type { SessionOwner } from '../extension/session';
import { cookieName, readCookies } from '../web/cookies';
import type { Access } from './access/access';
import type { Session } from './access/sessions';

const SUBJECT = 'dashboard:';

/** Whose session of the extension's page it is that a session of the Dashboard opens. */
export function sessionOwner({ id }: Session): SessionOwner {
  return { subject: `${SUBJECT}${id}`, email: 'Dashboard' };
}

/** The subject that a session of the extension's page names; the extension itself checks its signature. */
function subjectOf(token: string): string {
  try {
    return decodeJwt(token).sub ?? '';
  } catch {
    return '';
  }
}

/**
 * Takes the session of the extension's page out of a request where the session of the Dashboard that opened it
 * has ended: the extension, which keeps no list of its sessions, then sees none. One that somebody began at the
 * extension's own login stays.
 *
 * @param baseUrl of the extension's page, as the browser sees it
 */
export function dropEndedSession(request: IncomingMessage, access: Access, baseUrl: string): void {
  const { cookie } = request.headers;
  const sessionCookie = cookieName('session', baseUrl);
  const subject = subjectOf(readCookies(cookie).get(sessionCookie) ?? '');
  if (!/^dashboard(:|$)/.test(subject)) return;
  if (access.sessions().some(({ id }) => subject === `${SUBJECT}${id}`)) return;
  request.headers.cookie = (cookie ?? '')
    .split(';')
    .filter((pair) => pair.split('=', 1)[0]?.trim() !== sessionCookie)
    .join(';');
}
