import { type ManifestSetting, manifest } from '../../host/installation/manifest';
import { tenantSettings } from '../../host/installation/tenant-settings';
import type { Field } from './field';
import { optionOf } from './option-of';

function toField(
  [name, setting]: [string, ManifestSetting],
  saved: string | undefined,
  given: string | undefined,
  isTenant: boolean,
): Field {
  const kind = setting.type === 'password' ? 'password' : setting.type === 'select' ? 'select' : 'text';
  const options = setting.options ?? [];
  const value = optionOf(options, given ?? saved ?? setting.default ?? '');
  return {
    name,
    description: setting.description ?? '',
    kind,
    isRequired: setting.required ?? false,
    options,
    value: kind === 'password' ? '' : value,
    isSaved: kind === 'password' && value !== '',
    isGiven: given !== undefined,
    isTenant,
  };
}

/**
 * The form of the settings, generated from the manifest. No secret is in it: of a saved one it says that it
 * is there.
 *
 * @param saved what was entered before
 * @param given what comes from outside; a tenant that comes from there is not asked for
 */
export function toFields(
  saved: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Field[] {
  const tenant = Object.entries(tenantSettings)
    .filter(([name]) => given[name] === undefined)
    .map((entry) => toField(entry, saved[entry[0]], undefined, true));
  const others = Object.entries(manifest.secrets).map((entry) => {
    const [name, setting] = entry;
    const givenValue = given[name] ?? (setting.former ? given[setting.former] : undefined);
    return toField(entry, saved[name], givenValue, false);
  });
  return [...tenant, ...others];
}
