import type { RequestHandler } from 'express';
import { HttpError } from '../../extension/http/http-error';
import type { DashboardParts } from '../dashboard-parts';

/** The password of Basic authentication, whoever the user is. */
function basicPassword(authorization: string | undefined): string {
  const [, encoded = ''] = /^Basic +(\S+)$/i.exec(authorization ?? '') ?? [];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

/** `GET /metrics`: for Prometheus; with the Dashboard's password, by Basic authentication, where it has one. */
export function answerMetrics({ metrics, isPassword, limit, sessions }: DashboardParts): RequestHandler {
  return async (request, response) => {
    const { authorization, cookie } = request.headers;
    if (isPassword && !sessions.isSignedIn(cookie)) {
      const address = request.socket.remoteAddress ?? '';
      response.setHeader('www-authenticate', 'Basic realm="metrics"');
      if (limit.wait(address) > 0) {
        throw new HttpError(429, 'too_many_tries', 'There were too many wrong passwords. Try again later.');
      }
      const password = basicPassword(authorization);
      if (password === '' || !(await isPassword(password))) {
        if (password !== '') limit.noteFailure(address);
        throw new HttpError(
          401,
          'password_needed',
          'Send the password of the Dashboard by Basic authentication.',
        );
      }
      response.removeHeader('www-authenticate');
    }
    response.setHeader('content-type', metrics.contentType);
    response.send(await metrics.text());
  };
}
