import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder';
import { startProcess } from './start-process';

/** Makes Node find no library of libsql, as on a platform for which npm installed none. */
const HIDE_LIBRARIES = `
const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  return resolve.call(this, request.startsWith('@libsql/') ? request + '-of-another-platform' : request, ...rest);
};
`;

test('start without the SQLite library names the platform and the remedy', async () => {
  const hide = join(await temporaryFolder(), 'hide.cjs');
  await writeFile(hide, HIDE_LIBRARIES);
  const { exit, err } = await startProcess(['start'], {
    env: { NODE_OPTIONS: `--require=${hide}` },
  });
  expect(await exit).toBe(78);
  expect(err()).toContain(
    `The SQLite library for this platform (${process.platform} on ${process.arch}) is not installed: @libsql/`,
  );
  expect(err()).toContain('Run npm ci on this machine, without --omit=optional.');
  expect(err()).not.toMatch(/\n +at /);
});
