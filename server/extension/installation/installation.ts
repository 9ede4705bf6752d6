/** What the platform passed to the extension when it was installed, and where it is reached. */
export interface Installation {
  /** The tenant's domain. */
  domain: string;
  clientId: string;
  clientSecret: string;
  /** Signs sessions and hook tokens. */
  extensionSecret: string;
  /** Domain of the server where the Dashboard's administrators sign in. */
  rta: string;
  /** Address of the Dashboard that the extension is opened from, without a slash at its end. */
  manageUrl: string;
  /** Without a slash at its end: the client id for administrators, and the start of every address. */
  baseUrl: string;
  /** The path of `baseUrl`: what the extension's cookies are limited to. */
  cookiePath: string;
  /** The addresses that the platform may name in a hook token. */
  hookUrls: readonly string[];
}
