import type { Sandbox, SandboxOptions } from '../../server/sandbox/sandbox';
import { createExporter } from '../../src/job/exporter';
import type { JobAnswer } from '../../src/job/run-job';
import { createRedactor } from '../../src/redactor';
import { parseSettings } from '../../src/settings';
import { openDocumentRunStore } from '../../src/storage/document-store';
import type { RunRecord } from '../../src/storage/run-state';
import { createWebtaskStore } from '../../src/storage/webtask-storage';
import { type Clock, systemClock } from '../../src/time';
import { openSandbox } from '../server/sandbox/open-sandbox';
import { platformStorage } from './platform-storage';
import type { StoredDocument } from './stored-document';

interface OpenExporterOptions extends Pick<SandboxOptions, 'tenant'> {
  /** In place of the sandbox's settings. */
  settings?: Record<string, string>;
  /** The stored state before the first run. */
  state?: object;
  /** Passes requests on to the sandbox. */
  fetch?: typeof fetch;
  clock?: Clock;
  budgetMs?: number;
}

/** A sandbox and an exporter in this process. */
export interface OpenExporter {
  sandbox: Sandbox;
  /** Runs the export once. */
  run(): Promise<JobAnswer>;
  /** Runs the export once, and returns its record. */
  record(): Promise<RunRecord>;
  state(): StoredDocument;
}

/** Starts a sandbox, which is closed when the test ends, and creates an exporter for it. */
export async function openExporter({
  tenant,
  settings,
  state,
  fetch: passOn = fetch,
  clock = systemClock,
  budgetMs = 22_000,
}: OpenExporterOptions): Promise<OpenExporter> {
  const sandbox = await openSandbox({ tenant: { recordRequests: true, ...tenant } });
  const storage = platformStorage(state);
  const values: Record<string, string> = { ...sandbox.secrets(), ...settings };
  const exporter = createExporter(
    parseSettings((name) => values[name]),
    { clock, fetch: passOn, random: Math.random, redactor: createRedactor([]) },
  );
  const run = () =>
    exporter.run({
      store: openDocumentRunStore(createWebtaskStore(storage.handle()), clock),
      log: { info: () => {}, error: () => {} },
      budgetMs,
    });
  return {
    sandbox,
    run,
    record: async () => {
      const { body } = await run();
      if (!('status' in body)) throw new Error(body.message);
      return body.status;
    },
    state: () => storage.document() as StoredDocument,
  };
}
