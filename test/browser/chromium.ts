import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';
import { inject, onTestFinished } from 'vitest';
import type { TestProject } from 'vitest/node';
import { askForShared, startOnce } from '../support/start-once';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
/** Where the Chromium from npm is unpacked: beside the package that it comes in, and gone with it. */
const unpacked = join(here, 'node_modules', '.chromium');

/** The package's own configuration names folders of AWS Lambda. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(unpacked, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(unpacked, 'fonts-cache')}</cachedir>
</fontconfig>
`;

/** Returns how to start the browser: the one that CHROMIUM names, else the one from npm; `undefined` if that is missing. */
function findChromium(): { executablePath: string; env?: NodeJS.ProcessEnv } | undefined {
  const named = process.env.CHROMIUM;
  if (named) return { executablePath: named };
  if (!existsSync(unpacked)) return undefined;
  // The package brings the libraries and fonts that a bare system does not have.
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: join(unpacked, 'al2023', 'lib'),
    FONTCONFIG_FILE: join(unpacked, 'fonts.conf'),
  };
  return { executablePath: join(unpacked, 'chromium'), env };
}

/**
 * Installs the Chromium from npm and unpacks it, unless it is there.
 *
 * @throws {Error} on a platform for which npm has none; the message says what to install
 */
async function installChromium(): Promise<void> {
  if (findChromium()) return;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `npm has no Chromium for ${process.platform} on ${process.arch}: install Chromium or Chrome and set CHROMIUM to the path of its program.`,
    );
  }
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here });
  // Moved into place when it is whole: another run of the tests may be looking for it.
  const folder = await mkdtemp(join(here, 'node_modules', '.unpacking-'));
  await run(process.execPath, [join(here, 'unpack.mjs')], { env: { ...process.env, TMPDIR: folder } });
  await writeFile(join(folder, 'fonts.conf'), FONTS);
  await rename(folder, unpacked).catch(async (error: unknown) => {
    await rm(folder, { recursive: true });
    if (!existsSync(unpacked)) throw error;
  });
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Returns the address of the browser that all tests share; see `askForShared`. */
    chromium: string;
  }
}

/**
 * Provides the browser that all tests share, which connects to no host by itself.
 *
 * @returns a function that ends it
 */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const { url, end } = await startOnce(async () => {
    await installChromium();
    const browser = await chromium.launchServer({
      ...findChromium(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    return { address: browser.wsEndpoint(), end: () => browser.close() };
  });
  provide('chromium', url);
  return end;
}

/** The browser's tests share a busy machine: a condition that is not met by then never is. */
const PATIENCE_MS = 60_000;

let connected: Promise<Browser> | undefined;

/** The locale and time zone of a reader, for tests that compare dates or numbers as the page shows them. */
export const BRITISH_READER = { locale: 'en-GB', timezoneId: 'UTC' } satisfies BrowserContextOptions;

/**
 * Opens a context of the browser that all tests share; it is closed when the test ends. Without options, its locale and
 * time zone are those of the machine.
 */
export async function openBrowserContext(
  options: BrowserContextOptions = {},
  onEnd: typeof onTestFinished = onTestFinished,
): Promise<BrowserContext> {
  connected ??= askForShared(inject('chromium')).then((address) => chromium.connect(address));
  const context = await (await connected).newContext({
    // An animation is drawn by the processor.
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  onEnd(() => context.close());
  return context;
}
