import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseRunDocument, type RunDocument } from '../../../src/storage/run-document';
import { lastStartOf } from '../../../src/storage/run-history';
import { type RunRecord, runRecord } from '../../../src/storage/run-state';
import { errorCode, HostError } from '../../errors';
import { jsonPosition } from '../../json-position';
import type { RunNote } from '../../runs/run-notes';
import type { TenantRow } from '../../tenants/tenant-store';

/** `extension.json`: settings and job. */
const installation = v.object({
  /** Signed the sessions of the extension's page. */
  extensionSecret: v.string(),
  /** `null` after it was uninstalled. */
  installed: v.nullable(
    v.object({
      /** ISO 8601. */
      at: v.string(),
      settings: v.record(v.string(), v.string()),
      job: v.object({
        state: v.picklist(['active', 'inactive']),
        schedule: v.string(),
        tz: v.string(),
        /** ISO 8601; `null` while it is inactive. */
        next_available_at: v.nullable(v.string()),
      }),
    }),
  ),
});

/** `storage.json`: the webtask's document, which holds the state and the history. */
const storage = v.pipe(
  v.object({ document: v.optional(v.unknown()) }),
  v.rawTransform(({ dataset, addIssue, NEVER }): RunDocument => {
    try {
      return parseRunDocument(dataset.value.document);
    } catch {
      addIssue({ message: 'The state is not what was stored.' });
      return NEVER;
    }
  }),
);

/** `executions.json`: what the host knew of each run besides its record. */
const executions = v.array(
  v.object({
    scheduled_at: v.string(),
    started_at: v.string(),
    body: v.unknown(),
    trigger: v.picklist(['schedule', 'missed', 'start', 'manual', 'command']),
    lines: v.array(v.string()),
    linesLeftOut: v.optional(v.number(), 0),
  }),
);
const runAnswer = v.object({ status: runRecord });

/** What the former version kept of its one tenant. */
export interface FormerFiles {
  /** Of the files that were read, in the folder. */
  names: string[];
  /** Random text of the installation. */
  secret: string | undefined;
  /** `undefined` where none was installed: state and history wait for the next one then. */
  tenant: TenantRow | undefined;
  document: RunDocument | undefined;
  /** The records of the history, oldest first, with their notes where they are known. */
  runs: { id: string; record: RunRecord; note: RunNote | undefined }[];
}

/** Seals a secret for a tenant and a setting. */
export type Seal = (
  owner: { tenant: { id: string; name: string }; setting: string },
  secret: string,
) => Promise<string>;

const REMEDIES = {
  'extension.json':
    'It holds the settings and the schedule: put back a copy of it, or move it away and add the tenant anew. The checkpoint is in another file and is kept.',
  'storage.json':
    'It holds the checkpoint: put back a copy of it. Without one, move it away and put the id of the log to go on from into START_FROM; otherwise the export begins with the oldest log that Auth0 still has.',
  'executions.json':
    'It holds what the runs logged and nothing else: put back a copy of it, or move it away to go on without.',
};

/**
 * Reads a file of the former version. No symbolic link is followed.
 *
 * @returns `undefined` where it is not there
 * @throws {HostError} where it cannot be read, or is damaged
 */
async function readFormer<T extends v.GenericSchema>(
  folder: string,
  name: keyof typeof REMEDIES,
  schema: T,
): Promise<v.InferOutput<T> | undefined> {
  const path = join(folder, name);
  let text: string;
  try {
    // Windows has no such flag, nor links that anyone may make.
    const flag = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
    text = await readFile(path, { encoding: 'utf8', flag });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    const [cause, remedy] =
      errorCode(error) === 'ELOOP'
        ? ['is a symbolic link', 'Remove the link, and put the file itself there']
        : [
            `cannot be read (${errorCode(error) || String(error)})`,
            'Give the user that runs this the right to read and write it',
          ];
    throw new HostError(`${path}, which the former version kept, ${cause}. ${remedy}.`, 78, error);
  }
  // Neither what the parser says nor what the check says is repeated: both quote the file, which has secrets.
  const position = jsonPosition(text);
  const parsed = position === '' ? v.safeParse(schema, JSON.parse(text)) : undefined;
  if (parsed?.success) return parsed.output;
  const where = position === '' ? 'it is not what was written there' : `it stops being JSON at ${position}`;
  throw new HostError(
    `${path}, which the former version kept, is damaged: ${where}. Nothing was taken over from it or the files beside it, and all were left as they are. ${REMEDIES[name]}`,
    78,
  );
}

/** The tenant that was installed, with its secrets sealed. */
async function toTenant(
  installed: NonNullable<v.InferOutput<typeof installation>['installed']>,
  { name, secrets, seal }: { name: string; secrets: readonly string[]; seal: Seal },
): Promise<TenantRow> {
  const id = randomUUID();
  const settings: Record<string, string> = {};
  for (const [setting, value] of Object.entries(installed.settings)) {
    const isSecret = value !== '' && secrets.includes(setting);
    settings[setting] = isSecret ? await seal({ tenant: { id, name }, setting }, value) : value;
  }
  const { state, schedule, tz, next_available_at: next } = installed.job;
  const due = next === null ? Number.NaN : Date.parse(next);
  return {
    id,
    name,
    origin: 'stored',
    settings,
    schedule,
    timeZone: tz,
    isActive: state === 'active',
    createdAt: installed.at,
    // Without one, it is due at once.
    dueAt: state !== 'active' ? null : Number.isNaN(due) ? Date.parse(installed.at) || 0 : due,
    version: 1,
  };
}

/** The records, each with the note on its newest run. */
function toRuns(logs: readonly RunRecord[], all: v.InferOutput<typeof executions>): FormerFiles['runs'] {
  const key = (start: string, end: string) => `${start} ${end}`;
  const known = new Map(
    all.flatMap((execution) => {
      const answer = v.safeParse(runAnswer, execution.body);
      if (!answer.success) return [];
      const { start, end } = answer.output.status;
      return [[key(start, end), execution] as const];
    }),
  );
  return logs.map((record) => {
    const id = randomUUID();
    const execution = known.get(key(lastStartOf(record), record.end));
    const note = execution && {
      id,
      trigger: execution.trigger,
      dueAt: execution.scheduled_at,
      startedAt: execution.started_at,
      lines: execution.lines,
      linesLeftOut: execution.linesLeftOut,
    };
    return { id, record, note };
  });
}

/**
 * Reads what the former version kept of its one tenant, in JSON files.
 *
 * @param folder where it kept them
 * @param name that the tenant gets
 * @param secrets names of the settings that are secrets
 * @param seal seals one of them
 * @returns `undefined` where there are none
 * @throws {HostError} where one of them is damaged or cannot be read, and what `seal` throws
 */
export async function readFormerFiles(
  folder: string,
  options: { name: string; secrets: readonly string[]; seal: Seal },
): Promise<FormerFiles | undefined> {
  const kept = await readFormer(folder, 'extension.json', installation);
  const document = await readFormer(folder, 'storage.json', storage);
  const history = await readFormer(folder, 'executions.json', executions);
  const names = [
    ...(kept ? ['extension.json'] : []),
    ...(document ? ['storage.json'] : []),
    ...(history ? ['executions.json'] : []),
  ];
  if (names.length === 0) return undefined;
  return {
    names,
    secret: kept?.extensionSecret,
    tenant: kept?.installed ? await toTenant(kept.installed, options) : undefined,
    document,
    runs: toRuns(document?.logs ?? [], history ?? []),
  };
}

/** Moves files aside whose content has been taken over, so that nobody takes them for what counts. */
export async function setAside(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await rename(join(folder, name), join(folder, `${name}.imported`));
  }
}
