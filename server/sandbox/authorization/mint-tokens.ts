import { createHash } from 'node:crypto';
import type { SandboxAdministrator } from './authorization-options';
import type { TokenSigner, TokenWishes } from './token-signer';

const LIFETIME_SECONDS = 3_600;

/** A login as its tokens describe it. */
export interface Login {
  clientId: string;
  audience: string;
  nonce: string;
  id?: TokenWishes | undefined;
  access?: TokenWishes | undefined;
}

/** Mints the tokens of a login, each as wished for; `at_hash` belongs to the access token that is minted. */
export async function mintTokens(
  signer: TokenSigner,
  { clientId, audience, nonce, id, access }: Login,
  { issuer, administrator, now }: { issuer: string; administrator: SandboxAdministrator; now: number },
): Promise<{ idToken: string; accessToken: string }> {
  const iat = Math.floor(now / 1000);
  const common = { iss: issuer, sub: administrator.sub, iat, exp: iat + LIFETIME_SECONDS };
  const accessToken = await signer.sign(
    { ...common, aud: [audience, `${issuer}userinfo`], azp: clientId, scope: 'openid name email' },
    access,
  );
  const digest = createHash('sha256').update(accessToken).digest();
  const { name, email } = administrator;
  const idToken = await signer.sign(
    {
      ...common,
      aud: clientId,
      nonce,
      name,
      email,
      at_hash: digest.subarray(0, digest.length / 2).toString('base64url'),
    },
    id,
  );
  return { idToken, accessToken };
}
