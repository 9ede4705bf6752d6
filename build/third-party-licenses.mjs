import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder of the package that a bundled file belongs to, counted from the root; none for our own. */
function packageOf(file) {
  const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
  return folder;
}

/**
 * The licences of everything in the bundle, which is passed on without the packages themselves.
 *
 * @param root of the project
 * @param inputs paths of the bundled files, counted from the root
 * @returns one text, the same wherever it is built
 */
export async function thirdPartyLicenses(root, inputs) {
  const folders = new Set([...inputs].map(packageOf).filter(Boolean));
  const sections = await Promise.all(
    [...folders].map(async (folder) => {
      const { name, version, license } = JSON.parse(
        await readFile(join(root, folder, 'package.json'), 'utf8'),
      );
      const file = (await readdir(join(root, folder))).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file ? (await readFile(join(root, folder, file), 'utf8')).trim() : `License: ${license}`;
      return `${name} ${version}\n\n${text.replaceAll('\r\n', '\n')}\n`;
    }),
  );
  return [...new Set(sections)].sort().join(`\n${'-'.repeat(80)}\n\n`);
}
