import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCommandLine } from '../../../server/cli/command-line';
import { hostOptionDefaults, parseHostOptions } from '../../../server/cli/host-options';
import { divideFlags } from '../../../server/cli/tenant-input';
import { manageTenants } from '../../../server/cli/tenants';
import { createTerminal } from '../../../server/cli/terminal';
import { shownSettings } from '../../../server/tenants/stored-settings';
import { systemClock } from '../../../src/time';
import { temporaryFolder } from '../../support/temporary-folder';
import { openTestTenants } from './open-test-tenants';

/** Stands in each secret, and nowhere else. */
const MARK = 'Qx7Zw9Lk';

/** Secrets as somebody may paste them: too long, with blanks, quotes, as one that looks like a reference or a flag. */
const secret = fc
  .tuple(
    fc.constantFrom(
      '',
      'jwe:',
      'https://hooks.slack.com/services/',
      'https://other.example/',
      '{"a":"',
      'ENV:',
    ),
    fc.string({ maxLength: 30 }),
    fc.constantFrom('', '\u0000', '"', ' ', 'x'.repeat(3_000)),
  )
  .map(([before, text, after]) => `${before}${MARK}${text.replace(/[\r\n]/g, '')}${MARK}${after}`);

const command = fc.record({
  action: fc.constantFrom('add', 'set', 'remove', 'enable', 'list', 'rekey', 'ad'),
  name: fc.constantFrom('acme', 'beta', 'No Slug'),
  // Also a secret that was put where something else belongs, but for the name, which is shown.
  settings: fc.dictionary(
    fc.constantFrom('auth0-client-secret', 'segment-key', 'slack-incoming-webhook'),
    fc.record({ value: secret, isTyped: fc.boolean() }),
  ),
  domain: fc.constantFrom('acme.eu.auth0.com', 'beta.eu.auth0.com', 'not a domain'),
  isJson: fc.boolean(),
});

test('no secret shows in anything that is printed, returned, refused or stored, whatever is done', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 8 }), async (commands) => {
      const folder = await temporaryFolder();
      const said: string[] = [];
      for (const { action, name, settings, domain, isJson } of commands) {
        const takesSettings = action === 'add' || action === 'set';
        const required = { value: 'env:A', isTyped: true };
        const all =
          action === 'add'
            ? { 'auth0-client-secret': required, 'segment-key': required, ...settings }
            : settings;
        const entries = Object.entries(all);
        const args = takesSettings
          ? [
              ...['--auth0-domain', domain, '--auth0-client-id', 'client-1'],
              ...entries.map(([flag, { value, isTyped }]) => `--${flag}=${isTyped ? value : '-'}`),
            ]
          : [];
        const lines = entries.filter(([, { isTyped }]) => !isTyped).map(([, { value }]) => value);
        const named = ['list', 'rekey'].includes(action) ? [] : [name];
        const line = parseCommandLine(['tenants', action, ...named, ...args, ...(isJson ? ['--json'] : [])]);
        await manageTenants({
          setup: parseHostOptions({ ...hostOptionDefaults, DATA_DIR: folder }),
          overrides: {},
          env: {},
          clock: systemClock,
          operands: line.operands,
          typed: divideFlags(line.flags).tenant,
          timeZone: line.timeZone,
          keepState: false,
          isJson: line.switches.has('json'),
          stdin: Readable.from(lines.map((text) => `${text}\n`)),
          prompt: new PassThrough().on('data', (text) => said.push(String(text))),
          terminal: createTerminal({ write: (text) => said.push(text) }, {}),
          warn: (text) => said.push(text),
          print: (text) => said.push(text),
        }).catch((error: unknown) => {
          expect(error).toMatchObject({ name: 'HostError', exitCode: 78 });
          said.push(String(error));
        });
      }
      const { registry, store } = await openTestTenants({ folder });
      const rows = await store.list();
      const shown = [...said];
      for (const row of rows) {
        shown.push(JSON.stringify([shownSettings(row.settings), await registry.changes(row, 100)]));
      }
      // Nor the sealed ones, but where they are stored.
      expect(shown.join('\n')).not.toContain('jwe:ey');
      const stored = await readFile(join(folder, 'exporter.db'), 'latin1');
      const log = await readFile(join(folder, 'exporter.db-wal'), 'latin1').catch(() => '');
      expect(shown.join('\n') + JSON.stringify(rows) + stored + log).not.toContain(MARK);
    }),
    {
      numRuns: 40,
      examples: [
        [
          [
            {
              action: 'add',
              name: 'acme',
              domain: 'acme.eu.auth0.com',
              isJson: true,
              settings: {
                'auth0-client-secret': { value: MARK, isTyped: true },
                'segment-key': { value: MARK, isTyped: false },
              },
            },
            {
              action: 'set',
              name: 'acme',
              domain: 'acme.eu.auth0.com',
              isJson: false,
              settings: { 'segment-key': { value: `${MARK}-2`, isTyped: false } },
            },
            { action: 'list', name: 'acme', domain: 'not a domain', isJson: true, settings: {} },
          ],
        ],
      ],
    },
  );
});
