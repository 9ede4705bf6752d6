import { manifest } from '../installation/manifest';

/** Where the extension is mounted: under its name, as on the platform's wildcard domains. */
export const mount = { container: '', jtn: manifest.name, url_format: 3 };

/** The path of the extension's own page. */
export const mountPath = `/${manifest.name}`;
