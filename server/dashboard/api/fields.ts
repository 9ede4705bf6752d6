import { markOfKey } from '../../../src/settings';
import { troubleInWords } from '../../errors';
import type { ManifestSetting } from '../../manifest';
import type { Host } from '../../runs/host';
import type { ResolvedSettings } from '../../tenants/registry';
import { isReference } from '../../tenants/secret-reference';
import { optionOf, settingsOfTenant } from '../../tenants/tenant-settings';
import type { TenantRow } from '../../tenants/tenant-store';
import type { Field } from './view';

/** What people call the settings, and where a form has them; those that are not here are about what is sent. */
const KNOWN: Readonly<Record<string, { label: string; group?: Field['group'] }>> = {
  AUTH0_DOMAIN: { label: 'Domain', group: 'connection' },
  AUTH0_CLIENT_ID: { label: 'Client ID', group: 'connection' },
  AUTH0_CLIENT_SECRET: { label: 'Client secret', group: 'connection' },
  SEGMENT_KEY: { label: 'Segment write key', group: 'connection' },
  // With the key: data that goes to the wrong region is lost without an error.
  SEGMENT_REGION: { label: 'Segment region', group: 'connection' },
  BATCH_SIZE: { label: 'Batch size', group: 'advanced' },
  START_FROM: { label: 'Start from', group: 'when' },
  SLACK_INCOMING_WEBHOOK: { label: 'Slack webhook', group: 'slack' },
  SLACK_SEND_SUCCESS: { label: 'Report successful runs', group: 'slack' },
  SLACK_DAILY_REPORT: { label: 'Daily report', group: 'slack' },
  SEND_IDENTIFY: { label: 'Send identify calls' },
  EXCLUDE_FIELDS: { label: 'Fields that never leave' },
  USER_ID_FIELD: { label: 'User ID field' },
  CLIENTS: { label: 'Only these applications' },
  CONNECTIONS: { label: 'Only these connections' },
};

/** A setting's label: its name in words where it has none of its own, such as `Login context`. */
function labelOf(name: string): string {
  const words = name.toLowerCase().replaceAll('_', ' ');
  return KNOWN[name]?.label ?? `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

/** What is known of a tenant's settings. */
interface FieldSource {
  /** By their names, as they are kept: secrets sealed, or as references. */
  kept: Readonly<Record<string, string>>;
  /** By their names, as a run finds them. */
  resolved: Readonly<Record<string, string>>;
  /** Where a setting comes from that cannot be changed here; empty where it can. */
  setBy: (name: string) => string;
}

/** What a saved secret is recognised by; a write key is no secret to those who use Segment, so its end may be seen. */
function hintOf(name: string, value: string): string {
  return name === 'SEGMENT_KEY' ? markOfKey(value) : '';
}

function toField([name, setting]: [string, ManifestSetting], { kept, resolved, setBy }: FieldSource): Field {
  const kind = setting.type === 'password' ? 'password' : setting.type === 'select' ? 'select' : 'text';
  const value = resolved[name] ?? kept[name] ?? setting.default ?? '';
  return {
    name,
    label: labelOf(name),
    description: setting.description ?? '',
    kind,
    isRequired: setting.required ?? false,
    options: setting.options ?? [],
    value: kind === 'password' ? '' : optionOf(setting, value),
    isSaved: kind === 'password' && (value !== '' || Boolean(kept[name])),
    hint: hintOf(name, resolved[name] ?? ''),
    setBy: setBy(name),
    group: KNOWN[name]?.group ?? 'sent',
  };
}

/** The settings in the order of a form: what is required first, as the manifest has them. */
function allFields(source: FieldSource): Field[] {
  const fields = Object.entries(settingsOfTenant).map((entry) => toField(entry, source));
  return [...fields.filter((field) => field.isRequired), ...fields.filter((field) => !field.isRequired)];
}

/** The form of a tenant that is yet to be added. */
export const fieldsOfNew = (): Field[] => allFields({ kept: {}, resolved: {}, setBy: () => '' });

/**
 * The form of a tenant's settings. No secret is in it: of a saved one it says that it is there.
 *
 * @param resolved the settings as a run finds them; empty where they cannot be had
 * @param overridden names of what cannot be changed here
 */
export function fieldsOf(
  tenant: TenantRow,
  resolved: Readonly<Record<string, string>>,
  overridden: ReadonlySet<string>,
): Field[] {
  const { settings, origin } = tenant;
  const setBy = (name: string): string => {
    if (!overridden.has(name)) return '';
    const reference = settings[name] ?? '';
    if (name !== 'AUTH0_DOMAIN' && isReference(reference)) return reference;
    if (origin === 'declared') return 'TENANTS_FILE';
    // A domain that a reference is the secret for is changed where that is.
    return origin === 'environment' ? 'environment' : 'tenants set';
  };
  return allFields({ kept: settings, resolved, setBy });
}

/** A tenant's settings as a run finds them, or why they cannot be had, in words. */
export async function settingsOrProblem(
  { registry }: Pick<Host, 'registry'>,
  tenant: TenantRow,
): Promise<{ settings: ResolvedSettings; problem: string }> {
  try {
    return { settings: await registry.settingsOf(tenant), problem: '' };
  } catch (error) {
    return { settings: {}, problem: troubleInWords(error) };
  }
}
