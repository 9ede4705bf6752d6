import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

const KEY_ID = 'sandbox-key-1';

/** How a token is to differ from the right one. */
export interface TokenWishes {
  /** In place of, or besides, the right claims; `undefined` leaves one out. */
  claims?: Record<string, unknown>;
  /** Makes the token itself out of the claims, in place of the server's key. */
  sign?: (claims: JWTPayload) => Promise<string>;
}

/** Signs with the login server's key. */
export interface TokenSigner {
  sign(claims: JWTPayload, wishes?: TokenWishes): Promise<string>;
  /** What `/.well-known/jwks.json` answers. */
  readonly jwks: { keys: JWK[] };
  /** PEM. */
  readonly publicKey: string;
}

/** Makes a login server's key pair. */
export async function createTokenSigner(): Promise<TokenSigner> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = await exportJWK(publicKey);
  return {
    jwks: { keys: [{ ...jwk, kid: KEY_ID, alg: 'RS256', use: 'sig' }] },
    publicKey: await exportSPKI(publicKey),
    sign: (right, { claims = {}, sign } = {}) => {
      const payload = { ...right, ...claims };
      if (sign) return sign(payload);
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: KEY_ID })
        .sign(privateKey);
    },
  };
}
