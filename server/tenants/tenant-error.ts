import type { TenantRow } from './tenant-store';

/** Why something cannot be done with a tenant, in a sentence with the remedy. */
export class TenantError extends Error {
  override readonly name = 'TenantError';

  /** @param problems sentences by the names of settings, or `name`, `schedule`, `timeZone` */
  constructor(
    readonly code: 'unknown' | 'name_taken' | 'read_only' | 'invalid',
    message: string,
    readonly problems: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** There is no tenant of that name, but there are these. */
export const unknownError = (name: string, names: readonly string[]): TenantError =>
  new TenantError(
    'unknown',
    `There is no tenant ${JSON.stringify(name.slice(0, 63))}. ${names.length === 0 ? 'None has been added yet.' : `The tenants are ${names.slice(0, 20).join(', ')}${names.length > 20 ? ` and ${names.length - 20} more` : ''}.`}`,
  );

/** There is a tenant of that name already. */
export const takenError = (name: string): TenantError =>
  new TenantError(
    'name_taken',
    `There is a tenant ${name} already. Choose another name, or change that one with tenants set ${name}.`,
    { name: `There is a tenant ${name} already. Choose another name.` },
  );

/**
 * The tenant comes from elsewhere.
 *
 * @param tenantsFile path of TENANTS_FILE; empty where there is none
 */
export function readOnlyError(
  { name, origin }: Pick<TenantRow, 'name' | 'origin'>,
  tenantsFile: string,
  what: 'changed' | 'removed',
): TenantError {
  const where =
    origin === 'declared'
      ? tenantsFile === ''
        ? 'declared in a TENANTS_FILE that is not given here. Change that file, or, where it is gone for good, write tenants release'
        : `declared in ${tenantsFile}. Change that file, and start again`
      : 'given by environment variables, arguments or config.json. Take them away, and start again';
  return new TenantError('read_only', `Tenant ${name} cannot be ${what} here, because it is ${where}.`);
}
