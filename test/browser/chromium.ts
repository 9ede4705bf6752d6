import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
/** Where the Chromium from npm is unpacked: beside the package that it comes in, and gone with it. */
const unpacked = join(here, 'node_modules', '.chromium');
/** Where a system's own Chromium is found. */
const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The package's own configuration names folders of AWS Lambda. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(unpacked, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(unpacked, 'fonts-cache')}</cachedir>
</fontconfig>
`;

/** The browser that the tests start, and what it needs besides. */
function findChromium(): { executablePath: string; env?: NodeJS.ProcessEnv } | undefined {
  const named = process.env.CHROMIUM ?? INSTALLED.find(existsSync);
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
 * Sees to it that there is a Chromium before any test runs: the one that CHROMIUM names, the system's own, or
 * else the one that npm brings, installed and unpacked once.
 *
 * @throws {Error} on a platform for which npm has none, saying what to install
 */
export async function setup(): Promise<void> {
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

/** Starts Chromium without a window, speaking to nobody but the pages it is led to. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
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
}
