import type { Clock } from '../../src/time';
import type { PageAssets } from '../web/http';
import type { UsedLogins } from './login/login-state';
import type { IssuerKeys } from './login/verify-tokens';

/** What the app is made of; kept from request to request while the process lives. */
export interface AppDependencies {
  clock: Clock;
  fetch: typeof fetch;
  page: PageAssets;
  issuerKeys: IssuerKeys;
  usedLogins: UsedLogins;
}
