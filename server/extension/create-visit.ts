import { createRedactor } from '../../src/redaction/create-redactor';
import { secretNames } from '../../src/settings/secret-names';
import { basePath } from '../../src/webtask/base-path';
import type { WebtaskContext, WebtaskRequest } from '../../src/webtask/webtask-context';
import type { Installation } from './installation/installation';
import { readInstallation } from './installation/read-installation';
import type { Visit } from './visit';

/** Begins a visit, while the request's address is still that of the platform. */
export function createVisit(context: WebtaskContext, request: WebtaskRequest): Visit {
  const secrets = context.secrets ?? {};
  const path = basePath(request);
  let installation: Installation | undefined;
  return {
    context,
    request,
    redactor: createRedactor([...secretNames.map((name) => secrets[name]), context.token]),
    get installation() {
      installation ??= readInstallation(secrets, request.headers.host ?? '', path);
      return installation;
    },
  };
}
