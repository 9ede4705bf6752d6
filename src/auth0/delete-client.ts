import { ClientsClient } from 'auth0/clients';
import { createClientOptions, type TenantOptions } from './client';

/**
 * Deletes the client that the tenant is reached with.
 *
 * @throws {ExportError} in words, when the tenant does not do it
 */
export async function deleteClient(options: TenantOptions): Promise<void> {
  await new ClientsClient(createClientOptions(options)).delete(options.clientId);
}
