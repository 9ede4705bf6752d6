import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../server/sandbox/sandbox';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';

const run = promisify(execFile);
const bundle = fileURLToPath(new URL('../../build/bundle.js', import.meta.url));
const program = fileURLToPath(new URL('./run-and-cover.cjs', import.meta.url));

/** A text that stands in one module of the bundle alone. */
const modules = {
  Express: 'app.use() requires a middleware function',
  'the page': '"Breadcrumb"',
  'encodings other than Unicode': 'eucjp',
  'the Auth0 client': 'ManagementError',
  "Segment's client": '/v1/batch',
};

/**
 * Which of the modules were evaluated by the time that the bundle had answered one request: those whose function in
 * it was called.
 */
async function evaluatedFor(method: 'none' | 'GET' | 'POST', secrets: Record<string, string> = {}) {
  const code = await readFile(bundle, 'utf8');
  const { stdout } = await run(process.execPath, [program, bundle, JSON.stringify(secrets), method], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const { status, calls } = JSON.parse(stdout) as { status?: number; calls: [number, number, number][] };
  const evaluated = Object.entries(modules).filter(([name, text]) => {
    const at = code.indexOf(text);
    expect(at, `${name}: nowhere in the bundle`).toBeGreaterThan(0);
    expect(code.indexOf(text, at + 1), `${name}: not in one place alone`).toBe(-1);
    // The bundle itself is the largest function around the text, the module's the next.
    const [, module] = calls
      .filter(([start, end]) => start <= at && at < end)
      .sort((a, b) => b[1] - b[0] - (a[1] - a[0]));
    expect(module, `${name}: evaluated with the bundle itself`).toBeDefined();
    return (module?.[2] ?? 0) > 0;
  });
  return { status, evaluated: evaluated.map(([name]) => name) };
}

async function tenantOf(count: number): Promise<Record<string, string>> {
  const sandbox = await startSandbox({ tenant: { logs: generateLogs({ count, users: 5 }) } });
  onTestFinished(() => sandbox.close());
  return sandbox.secrets();
}

test('loading the bundle evaluates neither half', async () => {
  expect(await evaluatedFor('none')).toEqual({ status: undefined, evaluated: [] });
});

test('the page is answered without the export and its clients', async () => {
  const { evaluated } = await evaluatedFor('GET');
  expect(evaluated).toEqual(['Express', 'the page']);
});

test('a run evaluates neither Express nor the page', async () => {
  expect(await evaluatedFor('POST', await tenantOf(10))).toEqual({
    status: 200,
    evaluated: ['the Auth0 client', "Segment's client"],
  });
});

test("a run that has nothing to send does not evaluate Segment's client either", async () => {
  expect(await evaluatedFor('POST', await tenantOf(0))).toEqual({
    status: 200,
    evaluated: ['the Auth0 client'],
  });
});
