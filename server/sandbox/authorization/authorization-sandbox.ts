import type { Faults } from '../http/faults';
import type { SandboxServer } from '../http/start-server';
import type { SandboxAdministrator } from './authorization-options';
import type { TokenWishes } from './token-signer';

/** The login server of the Dashboard's administrators, as tests see it. */
export interface AuthorizationSandbox {
  /** What goes into AUTH0_RTA: another site than 127.0.0.1, as Auth0's is another than the extension's. */
  readonly rta: string;
  /** `https://RTA/`, the issuer of its tokens. */
  readonly issuer: string;
  readonly server: SandboxServer;
  readonly faults: Faults;
  readonly administrator: SandboxAdministrator;
  /** Requests for the public keys. */
  readonly keyRequests: number;
  /** The public key as PEM, as an attacker can have it. */
  readonly publicKey: string;
  /** Id and access token of a login, right unless something else is wished for. */
  mint(login: {
    clientId: string;
    audience: string;
    nonce: string;
    id?: TokenWishes;
    access?: TokenWishes;
  }): Promise<{ idToken: string; accessToken: string }>;
  close(): Promise<void>;
}
