import manifest from '../../../webtask.json';
import type { Handler } from '../http/handler';

/** `GET /.well-known/oauth2-client-configuration`: what the platform lets administrators sign in with. */
export const clientConfiguration: Handler = (_request, response) => {
  const { baseUrl } = response.locals.visit.installation;
  response.json({
    redirect_uris: [`${baseUrl}/login/callback`],
    client_name: manifest.title,
    post_logout_redirect_uris: [baseUrl],
  });
};
