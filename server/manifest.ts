import webtask from '../webtask.json';

/** A setting as the manifest describes it. */
export interface ManifestSetting {
  description?: string;
  type?: string;
  default?: string;
  required?: boolean;
  options?: { value: string; text: string }[];
  /** The name it once had. */
  former?: string;
}

/** The extension as the gallery reads it. */
export const manifest: {
  title: string;
  name: string;
  version: string;
  author: string;
  description: string;
  category: string;
  schedule: string;
  initialUrlPath: string;
  auth0: { onUninstallPath: string; scopes: string };
  secrets: Record<string, ManifestSetting>;
} = webtask;
