import { bareDomain } from '../../src/settings';
import { isReference, secretSettings } from './secret-reference';
import { optionOf, settingsOfTenant } from './tenant-settings';
import type { TenantChange, TenantRow } from './tenant-store';
import { isSealed, type Vault } from './vault';

/** The tenant that settings belong to. */
type Owner = Pick<TenantRow, 'id' | 'name'>;

/**
 * Brings entered settings into the form in which they are kept: without blanks around them, a domain without what
 * surrounds it in a pasted address, options by their values,
 * and without what is empty or the default anyway.
 */
export function normalized(entered: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entered).map(([name, value]) => {
      const setting = settingsOfTenant[name] ?? {};
      const trimmed = name === 'AUTH0_DOMAIN' ? bareDomain(value) : value.trim();
      const text = optionOf(setting, trimmed);
      return [name, text === setting.default ? '' : text];
    }),
  );
}

/** Opens a secret as it is kept; one that was kept in the open, or is a reference, is answered as it is. */
export async function unsealed(vault: Vault, tenant: Owner, setting: string, kept: string): Promise<string> {
  return isSealed(kept) ? vault.open({ tenant, setting }, kept) : kept;
}

/** Whether a secret that was entered is the one that is kept; one that cannot be opened is another. */
async function isSame(vault: Vault, tenant: Owner, name: string, kept: string, entered: string) {
  if (isReference(kept) || isReference(entered)) return kept === entered;
  try {
    return isSealed(kept) && (await unsealed(vault, tenant, name, kept)) === entered;
  } catch {
    // A new one takes its place, which is the remedy for one that cannot be opened.
    return false;
  }
}

/**
 * The settings as they are kept after a change.
 *
 * @param entered by their names, normalized; an empty one is removed, one that is left out stays
 * @returns with secrets sealed, but for references; a secret that was entered as it was stays as it was sealed
 * @throws {HostError} where the keys cannot be read
 */
export async function merged(
  vault: Vault,
  tenant: Owner,
  kept: Readonly<Record<string, string>>,
  entered: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const settings: Record<string, string> = { ...kept };
  for (const [setting, value] of Object.entries(entered)) {
    const before = kept[setting] ?? '';
    if (value === '') delete settings[setting];
    else if (!secretSettings.includes(setting)) settings[setting] = value;
    else if (!(await isSame(vault, tenant, setting, before, value))) {
      settings[setting] = isReference(value) ? value : await vault.seal({ tenant, setting }, value);
    }
  }
  return settings;
}

/** Settings as they may be shown: of a secret only that it is there, or its reference. */
export const shownSettings = (settings: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      const isHidden = secretSettings.includes(name) && value !== '' && !isReference(value);
      return [name, isHidden ? '(secret)' : value];
    }),
  );

/**
 * What is noted of a change.
 *
 * @param at ISO 8601
 */
export function changesOf(before: TenantRow, after: TenantRow, at: string): TenantChange[] {
  const said = (row: TenantRow, name: string): string => {
    const value = row.settings[name] ?? '';
    if (secretSettings.includes(name)) return value === '' ? '' : '(secret)';
    return value || (settingsOfTenant[name]?.default ?? '');
  };
  const names = new Set([...Object.keys(before.settings), ...Object.keys(after.settings)]);
  const state = ({ isActive }: TenantRow) => (isActive ? 'active' : 'inactive');
  return [
    ...[...names]
      .filter((name) => before.settings[name] !== after.settings[name])
      .map((name) => ({ at, name, from: said(before, name), to: said(after, name) })),
    ...(['schedule', 'timeZone'] as const)
      .filter((name) => before[name] !== after[name])
      .map((name) => ({ at, name, from: before[name], to: after[name] })),
    ...(before.isActive === after.isActive
      ? []
      : [{ at, name: 'state', from: state(before), to: state(after) }]),
  ];
}

/** Such as `BATCH_SIZE from 100 to 50, time zone from UTC to Europe/Berlin`; of a secret that it was changed. */
export function describeChanges(changes: readonly TenantChange[]): string {
  const said = (value: string) => (value === '' ? 'none' : value);
  return changes
    .map(({ name, from, to }) => {
      const label = name === 'timeZone' ? 'time zone' : name;
      return from === to ? label : `${label} from ${said(from)} to ${said(to)}`;
    })
    .join(', ');
}
