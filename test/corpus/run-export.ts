import type { Sandbox, SandboxOptions } from '../../server/sandbox/sandbox';
import { createExporter } from '../../src/job/exporter';
import type { JobAnswer } from '../../src/job/run-job';
import { createRedactor } from '../../src/redactor';
import { parseSettings } from '../../src/settings';
import { openDocumentRunStore } from '../../src/storage/document-store';
import { createWebtaskStore } from '../../src/storage/webtask-storage';
import type { Clock } from '../../src/time';
import { openSandbox } from '../server/sandbox/open-sandbox';
import { fakeClock } from '../support/fake-clock';
import { platformStorage } from '../support/platform-storage';
import type { StoredDocument } from '../support/stored-document';

/** When the runs of the corpus happen: days after its logs. */
const NOW = Date.parse('2026-03-10T12:00:00Z');

/** The outcome of a run of the real exporter. */
export interface CorpusRun {
  sandbox: Sandbox;
  statusCode: JobAnswer['statusCode'];
  record: StoredDocument['logs'][number];
  checkpoint: string | null | undefined;
  /** The requests to Segment, as text. */
  segmentBodies: string[];
}

interface ExportOptions {
  sandbox?: SandboxOptions;
  /** Settings that differ from those of the sandbox. */
  settings?: Record<string, string>;
  /** Changes the sandbox before the run. */
  prepare?: (sandbox: Sandbox) => void;
  /** Default: one that stands still. */
  clock?: Clock;
}

/** Exports a sandbox once, in this process. */
export async function runExport({
  sandbox: options = {},
  settings = {},
  prepare = () => {},
  clock = fakeClock({ now: NOW }),
}: ExportOptions): Promise<CorpusRun> {
  // Segment corrects the times of events by its own clock.
  const clocked = { now: clock.now };
  const sandbox = await openSandbox({
    ...options,
    tenant: { ...clocked, ...options.tenant },
    segment: { ...clocked, ...options.segment },
  });
  prepare(sandbox);
  const secrets: Record<string, string> = { ...sandbox.secrets(), ...settings };
  const segmentBodies: string[] = [];
  const exporter = createExporter(
    parseSettings((name) => secrets[name]),
    {
      clock,
      fetch: async (input, init) => {
        if (String(input).startsWith(sandbox.segment.url) && init?.body) {
          segmentBodies.push(await new Response(init.body).text());
        }
        return fetch(input, init);
      },
      random: () => 0,
      redactor: createRedactor([]),
    },
  );
  const storage = platformStorage();
  const { statusCode } = await exporter.run({
    store: openDocumentRunStore(createWebtaskStore(storage.handle()), clock),
    log: { info: () => {}, error: () => {} },
    budgetMs: 22_000,
  });
  const document = storage.document() as StoredDocument;
  const record = document.logs.at(-1);
  if (!record) throw new Error('The run left no record.');
  return { sandbox, statusCode, record, checkpoint: document.checkpointId, segmentBodies };
}
