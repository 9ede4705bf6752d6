import { fileURLToPath } from 'node:url';

/** The built bundle. */
export const bundlePath = fileURLToPath(new URL('../../build/bundle.js', import.meta.url));
