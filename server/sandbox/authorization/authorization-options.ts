/** An administrator of the Dashboard. */
export interface SandboxAdministrator {
  sub: string;
  name: string;
  email: string;
}

/** How the sandbox's login server is set up. */
export interface AuthorizationOptions {
  /** Who signs in. */
  administrator?: SandboxAdministrator;
  /** The login server's clock, in epoch milliseconds. */
  now?: () => number;
}
