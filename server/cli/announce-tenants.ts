import { troubleInWords } from '../errors';
import type { OpenHost } from '../runs/host';
import type { TenantRow } from '../tenants/tenant-store';

type Known = Pick<TenantRow, 'id' | 'name' | 'isActive' | 'version'>;

/**
 * What has become of the tenants, a sentence for each that was added, changed or removed.
 *
 * @param before as they were
 * @param now as they are
 */
export function describeChanges(before: readonly Known[], now: readonly Known[]): string[] {
  const was = new Map(before.map((tenant) => [tenant.id, tenant]));
  const ids = new Set(now.map(({ id }) => id));
  return [
    ...now.flatMap((tenant) => {
      const { id, name, isActive, version } = tenant;
      const old = was.get(id);
      if (!old) return [`Tenant ${name} was added.`];
      if (old.version === version) return [];
      if (old.isActive !== isActive) return [`Tenant ${name} was switched ${isActive ? 'on' : 'off'}.`];
      return [`Tenant ${name} was changed; its next run works with it.`];
    }),
    ...before.filter(({ id }) => !ids.has(id)).map(({ name }) => `Tenant ${name} was removed.`),
  ];
}

/**
 * Tells whoever watches the terminal what is changed in the browser, or by another process.
 *
 * @param tenants as they are when it begins
 * @param tell takes a sentence
 * @returns ends it
 */
export function announceTenants(
  { here, registry }: Pick<OpenHost, 'here' | 'registry'>,
  tenants: readonly TenantRow[],
  tell: (sentence: string) => void,
): () => void {
  let known: readonly Known[] = tenants;
  let isLooking = false;
  let isAskedAgain = false;
  let hasEnded = false;
  const look = async () => {
    const now = await registry.list();
    if (!hasEnded) describeChanges(known, now).forEach(tell);
    known = now;
  };
  const lookOnce = () => {
    isAskedAgain = isLooking;
    if (isLooking || hasEnded) return;
    isLooking = true;
    look()
      .catch((error: unknown) => tell(`The tenants could not be read: ${troubleInWords(error)}`))
      .finally(() => {
        isLooking = false;
        if (isAskedAgain) lookOnce();
      });
  };
  const unwatch = here.watch(Number.POSITIVE_INFINITY, ({ kind }) => {
    if (kind === 'change') lookOnce();
  });
  return () => {
    hasEnded = true;
    unwatch();
  };
}
