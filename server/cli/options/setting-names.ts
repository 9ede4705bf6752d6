import { manifest } from '../../host/installation/manifest';
import { tenantSettings } from '../../host/installation/tenant-settings';

const former = Object.values(manifest.secrets).flatMap((setting) => setting.former ?? []);

/**
 * The extension's settings that can be given from outside: those of the manifest, what the platform passes by
 * itself, the run's budget, and where a sandbox stands in for Segment.
 */
export const settingNames: readonly string[] = [
  ...Object.keys(tenantSettings),
  ...Object.keys(manifest.secrets),
  ...former,
  'MAX_RUN_SECONDS',
  'SEGMENT_ENDPOINT',
];
