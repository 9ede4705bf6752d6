import type { RequestHandler } from 'express';
import * as v from 'valibot';
import type { ManifestSetting } from '../../manifest';
import type { Host } from '../../runs/host';
import { isReference } from '../../tenants/secret-reference';
import { optionOf, settingsOfTenant, tenantSettings } from '../../tenants/tenant-settings';
import type { TenantRow } from '../../tenants/tenant-store';
import { HttpError } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { needTenant, parseInput } from './input';
import type { Field } from './view';

/** Longer than anything that a setting can mean. */
const LONGEST_VALUE = 2_000;

/** A value as a form sends it. */
export const value = v.pipe(v.string(), v.maxLength(LONGEST_VALUE));

const settingsChange = v.object({
  /** By their names; an empty password keeps what is saved. */
  settings: v.record(v.string(), value),
  /** Names of saved passwords that are to go. */
  clear: v.optional(v.array(v.string()), []),
  /** Of the Dashboard, where credentials change. */
  password: v.optional(value),
});

/** What people call the settings whose names do not say it. */
const LABELS: Readonly<Record<string, string>> = {
  AUTH0_DOMAIN: 'Domain',
  AUTH0_CLIENT_ID: 'Client ID',
  AUTH0_CLIENT_SECRET: 'Client secret',
  SEGMENT_KEY: 'Segment write key',
  SEGMENT_REGION: 'Segment region',
  SLACK_INCOMING_WEBHOOK: 'Slack webhook',
  SLACK_SEND_SUCCESS: 'Report successful runs',
  SLACK_DAILY_REPORT: 'Daily report',
};

/** Such as `Batch size` for `BATCH_SIZE`. */
const labelOf = (name: string) =>
  LABELS[name] ?? `${name.charAt(0)}${name.slice(1).toLowerCase().replaceAll('_', ' ')}`;

/** In a form: whom to export, where to, then how. */
const FIRST = [...Object.keys(tenantSettings), 'SEGMENT_KEY', 'SEGMENT_REGION'];
const place = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);

function toField(
  name: string,
  setting: ManifestSetting,
  { kept, setBy }: { kept: string; setBy: string },
): Field {
  const kind = setting.type === 'password' ? 'password' : setting.type === 'select' ? 'select' : 'text';
  return {
    name,
    label: labelOf(name),
    description: setting.description ?? '',
    kind,
    isRequired: setting.required ?? false,
    options: setting.options ?? [],
    value: kind === 'password' ? '' : optionOf(setting, kept || (setting.default ?? '')),
    isSaved: kind === 'password' && kept !== '',
    setBy,
    isTenant: Object.hasOwn(tenantSettings, name),
  };
}

/** Where a setting comes from that cannot be changed here. */
function setByOf({ origin, settings }: TenantRow, name: string): string {
  const kept = settings[name] ?? '';
  if (isReference(kept)) return kept;
  return origin === 'declared' ? 'TENANTS_FILE' : 'environment';
}

const fieldsOf = (toSource: (name: string) => { kept: string; setBy: string }): Field[] =>
  Object.entries(settingsOfTenant)
    .toSorted(([one], [other]) => place(one) - place(other))
    .map(([name, setting]) => toField(name, setting, toSource(name)));

/** The form of a new tenant, generated from the manifest. */
export const newTenantFields = (): Field[] => fieldsOf(() => ({ kept: '', setBy: '' }));

/**
 * The form of a tenant's settings. No secret is in it: of a saved one it says that it is there.
 *
 * @param given what a run finds of the settings that come from outside
 */
export function tenantFields(
  { registry }: Pick<Host, 'registry'>,
  tenant: TenantRow,
  given: Readonly<Record<string, string>>,
): Field[] {
  const overridden = registry.overridden(tenant);
  return fieldsOf((name) =>
    overridden.has(name)
      ? { kept: given[name] || (tenant.settings[name] ?? ''), setBy: setByOf(tenant, name) }
      : { kept: tenant.settings[name] ?? '', setBy: '' },
  );
}

/** What the export signs in with, and where it goes. */
const CREDENTIALS = ['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET', 'SEGMENT_KEY'];

/**
 * What is to be changed of a tenant's settings, for what was entered: fields that are left out stay, an empty password
 * keeps what is saved, one that is cleared goes.
 *
 * @param before as they are kept, without what comes from outside
 */
function enteredSettings(
  { registry }: Pick<Host, 'registry'>,
  before: TenantRow,
  { settings, clear }: Pick<v.InferOutput<typeof settingsChange>, 'settings' | 'clear'>,
): Record<string, string> {
  const overridden = registry.overridden(before);
  const entered = Object.entries(settings)
    .map(([name, text]) => [name, text.trim()] as const)
    .filter(([name, text]) => {
      if (overridden.has(name)) return false;
      const isPassword = settingsOfTenant[name]?.type === 'password';
      return !(isPassword && text === '');
    });
  const cleared = clear
    .filter((name) => !overridden.has(name) && !settings[name]?.trim())
    .map((name) => [name, ''] as const);
  return Object.fromEntries([...entered, ...cleared]);
}

/** `POST /api/tenants/NAME/settings`: changes the settings; the next run works with them. */
export function saveSettings({ host, access }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const input = parseInput(settingsChange, request.body);
    const tenant = await needTenant(host, request);
    const settings = enteredSettings(host, tenant, input);
    const changesCredentials = CREDENTIALS.some(
      (name) => name in settings && settings[name] !== (tenant.settings[name] ?? ''),
    );
    if (changesCredentials) await access.confirm(request, response, input.password);
    const now = await needTenant(host, request);
    if (now.version !== tenant.version) {
      throw new HttpError(
        409,
        'changed_meanwhile',
        'The settings were changed meanwhile. Load the page again.',
      );
    }
    await host.registry.change(tenant.name, { settings }, { mayReference: false });
    host.wake();
    response.status(204).end();
  };
}
