import page from 'inline:server/extension/page/main.tsx';
import { createExtension } from '../server/extension/app';
import { systemClock } from '../src/time';

/** The extension's page and its doors, as the platform serves them. */
export const app = createExtension({ page, clock: systemClock, fetch: globalThis.fetch });
