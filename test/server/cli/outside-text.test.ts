import { describe, expect, test } from 'vitest';
import { createTerminal } from '../../../server/cli/terminal';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../sandbox/open-sandbox';
import { runInProcess } from './run-in-process';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Clears the screen, forges a line, turns what follows around. */
const ATTACK = 'denied\u001b[2J\u001b[H\r\n  Forged      1,000 events\u009b2J\u202egnp';

test('the text of an error of Auth0 neither clears the screen nor forges a line in any output', async () => {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 10 }) } });
  const body = JSON.stringify({ error: 'access_denied', error_description: ATTACK });
  sandbox.tenant.faults.add({
    endpoint: 'token',
    times: Number.POSITIVE_INFINITY,
    fault: { kind: 'status', status: 401, body },
  });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  const run = await runInProcess(['run'], { env });
  expect(run.code).toBe(1);
  const status = await runInProcess(['status'], { env, folder: run.folder });
  const messages = sandbox.slack.messages.map((message) => JSON.stringify(message));
  expect(messages).toHaveLength(1);
  const shown = [run.out, run.err, status.out, ...messages];
  for (const text of shown) {
    expect(text).toContain('denied');
    expect(text).not.toMatch(CONTROLS);
    expect(text).not.toMatch(/^ +Forged/m);
    // In JSON they would come back for whoever prints a field of it.
    expect(text).not.toMatch(/\\u(001b|009b|202e)/i);
  }
});

test('a dry run prints a profile with its control characters escaped', async () => {
  const sandbox = await openSandbox({
    tenant: {
      users: [{ user_id: 'auth0|1', name: ATTACK }],
    },
  });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  sandbox.tenant.addLog({ type: 's', user_id: 'auth0|1' });
  const [log] = [...sandbox.tenant.selectedLogs()];
  const dry = await runInProcess(['replay', '--from', log?.log_id ?? '', '--dry-run'], { env });
  expect(dry.code).toBe(0);
  expect(dry.out).not.toMatch(CONTROLS);
  const calls = dry.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(calls.map(({ properties, traits }) => (properties ?? traits).name)).toEqual([ATTACK, ATTACK]);
});

describe('a terminal', () => {
  const print = (isTTY: boolean) => {
    let written = '';
    const stream = { write: (text: string) => (written += text), isTTY, columns: 80 };
    const terminal = createTerminal(stream, {});
    terminal.line(ATTACK);
    terminal.heading(ATTACK);
    terminal.table([['Failed', ATTACK]]);
    return written;
  };

  test('writes one line for one text', () => {
    const written = print(false);
    expect(written).not.toMatch(CONTROLS);
    expect(written.split('\n').filter((line) => /^ *Forged/.test(line))).toEqual([]);
  });

  test('breaks what is longer than its lines between words, and indents what follows; piped it stays whole', () => {
    const print = (stream: { isTTY?: boolean; columns?: number }) => {
      let written = '';
      const terminal = createTerminal({ write: (text: string) => (written += text), ...stream }, {});
      terminal.line('Stored tenant acme. It starts with the newest log.');
      terminal.line('  --undo NAME  delete its log stream');
      terminal.verbatim('copy what\n  is here, all of it, as it is');
      terminal.text(
        'Ask for a token,\nand for a key.\n\n  --json   JSON instead of\n           text\n  --all    of all',
      );
      return written;
    };
    expect(print({ isTTY: true, columns: 30 })).toBe(
      'Stored tenant acme. It\n  starts with the newest log.\n' +
        '  --undo NAME  delete its log\n               stream\n' +
        'copy what\n  is here, all of it, as it is\n' +
        'Ask for a token, and for a\n  key.\n\n' +
        '  --json   JSON instead of\n           text\n  --all    of all\n',
    );
    expect(print({ columns: 30 })).toBe(print({ isTTY: true, columns: 100 }));
    expect(print({ columns: 30 }).match(/\n/g)).toHaveLength(10);
  });

  test('shows columns that do not fit on it row by row', () => {
    let written = '';
    const terminal = createTerminal(
      { write: (text: string) => (written += text), isTTY: true, columns: 30 },
      { NO_COLOR: '1' },
    );
    terminal.columns(['Tenant', 'State'], [['acme', 'Failing']]);
    terminal.columns(['Tenant', 'State', 'Next run'], [['acme', 'Failing', '2026-11-25T15:04:02Z']]);
    expect(written).toBe(
      'Tenant  State\nacme    Failing\nacme\n  State       Failing\n  Next run    2026-11-25T15:04:02Z\n',
    );
  });

  test('writes colours of its own and nothing else that is none', () => {
    const colours = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
    const written = print(true);
    expect(written).toMatch(colours);
    expect(written.replace(colours, '')).toBe(print(false));
  });
});
