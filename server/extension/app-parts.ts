import type { Clock } from '../../src/time/clock';
import type { IssuerKeys } from './login/issuer-keys';
import type { UsedLogins } from './login/used-logins';
import type { PageAssets } from './page-assets';

/** What the app is made of; kept from request to request while the process lives. */
export interface AppParts {
  clock: Clock;
  fetch: typeof fetch;
  page: PageAssets;
  issuerKeys: IssuerKeys;
  usedLogins: UsedLogins;
}
