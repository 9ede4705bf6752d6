import { randomBytes } from 'node:crypto';

/** What an access token is good for. */
export interface Grant {
  scopes: readonly string[];
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** The Management API tokens that the tenant issued. */
export class AccessTokens {
  readonly #grants = new Map<string, Grant>();

  /** A token that looks like Auth0's: three parts, the middle one readable. */
  issue(grant: Grant, audience: string): string {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { aud: audience, exp: Math.floor(grant.expiresAt / 1000), scope: grant.scopes.join(' ') };
    const signature = randomBytes(32).toString('base64url');
    const token = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${signature}`;
    this.#grants.set(token, grant);
    return token;
  }

  /** Every token issued since the last were revoked. */
  get issued(): string[] {
    return [...this.#grants.keys()];
  }

  find(token: string): Grant | undefined {
    return this.#grants.get(token);
  }

  /** Every token issued so far is worth nothing from now on. */
  revokeAll(): void {
    this.#grants.clear();
  }
}
