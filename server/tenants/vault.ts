import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, errors } from 'jose';
import { HostError } from '../errors';
import type { KeyRing } from './key-ring';

/** What a sealed secret begins with, where it is stored. */
const SEALED = 'jwe:';

/** Whether a stored value is a sealed secret. */
export const isSealed = (value: string): boolean => value.startsWith(SEALED);

/** What a secret belongs to: it opens for that alone. */
interface Owner {
  tenant: {
    /** Random, and never used again. */
    id: string;
    /** For sentences. */
    name: string;
  };
  /** Name of the setting. */
  setting: string;
}

/** Seals secrets before they are stored, and opens them. */
export interface Vault {
  /**
   * Seals a secret under the first key.
   *
   * @returns `jwe:…`
   * @throws {HostError} where the keys cannot be read
   */
  seal(owner: Owner, secret: string): Promise<string>;
  /**
   * Opens a sealed secret.
   *
   * @throws {HostError} where no key opens it, or it belongs to another tenant or setting: names tenant, setting and
   *   remedy
   */
  open(owner: Owner, sealed: string): Promise<string>;
  /** Whether a sealed secret was sealed under the key that is first now. */
  isCurrent(sealed: string): Promise<boolean>;
  /** Where the keys are kept, and how they change. */
  readonly ring: KeyRing;
}

/** The id of the key that a value was sealed with; `undefined` where it has none. */
function keyIdOf(sealed: string): string | undefined {
  try {
    return decodeProtectedHeader(sealed.slice(SEALED.length)).kid;
  } catch {
    // Whatever stands there, it is no sealed secret: whoever opens it says so.
    return undefined;
  }
}

/** Makes the vault of these keys. */
export function createVault(ring: KeyRing): Vault {
  const again = ({ tenant, setting }: Owner) => `enter ${setting} of tenant ${tenant.name} again`;
  return {
    ring,
    seal: async ({ tenant, setting }, secret) => {
      const [key] = await ring.keys();
      if (!key) throw new HostError(`${ring.source} holds no key.`, 78);
      const jwe = await new CompactEncrypt(new TextEncoder().encode(secret))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.id, tenant: tenant.id, setting })
        .encrypt(key.bytes);
      return `${SEALED}${jwe}`;
    },
    open: async (owner, sealed) => {
      const { tenant, setting } = owner;
      const kid = keyIdOf(sealed);
      const key = (await ring.keys()).find(({ id }) => id === kid);
      const what = `${setting} of tenant ${tenant.name}`;
      if (!key) {
        throw new HostError(
          `${what} cannot be opened: ${kid ? 'it was sealed with a key that is not' : 'it is no sealed secret of this program; the key is'} in ${ring.source}. ${
            kid
              ? `Put back the key that it was sealed with (ENCRYPTION_KEY, ENCRYPTION_KEY_FILE, or encryption.key in DATA_DIR), or ${again(owner)}.`
              : `Restore the database from a backup, or ${again(owner)}.`
          }`,
          78,
        );
      }
      try {
        const { plaintext, protectedHeader } = await compactDecrypt(sealed.slice(SEALED.length), key.bytes, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        });
        if (protectedHeader.tenant !== tenant.id || protectedHeader.setting !== setting) {
          throw new HostError(
            `${what} cannot be opened: it was sealed for another tenant or setting, and has been moved here. To use it here, ${again(owner)}.`,
            78,
          );
        }
        return new TextDecoder().decode(plaintext);
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        throw new HostError(
          `${what} cannot be opened: what is stored was changed, or is damaged. Restore the database from a backup, or ${again(owner)}.`,
          78,
          error,
        );
      }
    },
    isCurrent: async (sealed) => {
      const [key] = await ring.keys();
      return key !== undefined && keyIdOf(sealed) === key.id;
    },
  };
}
