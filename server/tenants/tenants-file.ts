import { open } from 'node:fs/promises';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { errorCode, HostError } from '../errors';
import { openToOthers, writableByOthers } from '../file-mode';
import { manifest } from '../manifest';
import { isReference, secretSettings } from './secret-reference';
import { normalized } from './stored-settings';
import {
  checkSchedule,
  isTenantSetting,
  nameProblem,
  settingProblems,
  unknownSetting,
} from './tenant-settings';

/** A tenant as TENANTS_FILE declares it, checked. */
export interface DeclaredTenant {
  name: string;
  /** By their names, normalized, none of them empty; secrets in plain text or as references. */
  settings: Readonly<Record<string, string>>;
  /** Six fields. */
  schedule: string;
  /** IANA name. */
  timeZone: string;
  /** Line of the file that it begins in. */
  line: number;
}

/** What TENANTS_FILE says. */
interface TenantsFile {
  tenants: DeclaredTenant[];
  /** Sentences about who else may read or change the file. */
  warnings: string[];
}

/** Bytes of the largest file: some 5,000 tenants. */
const LARGEST_BYTES = 4 * 1024 * 1024;
/** Sentences about one file at most: the first ones matter. */
const MOST_SENTENCES = 10;

const shown = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
const FORMAT = 'It must hold "tenants:", and below that a list of tenants, each with name and settings.';

/** What a node is, for sentences; its content may be a secret. */
const kindOf = (node: unknown) =>
  isMap(node) ? 'a map' : isSeq(node) ? 'a list' : isAlias(node) ? 'an alias' : 'a single value';

/** What is wrong with the YAML, without what stands there, which may be a secret. */
function yamlProblem({ code }: Pick<YAMLError, 'code'>): string {
  if (code === 'DUPLICATE_KEY') return 'The same key stands there twice. Remove one.';
  if (code === 'TAB_AS_INDENT') return 'It is indented with a tab. Use spaces.';
  if (code === 'MULTIPLE_DOCS') return 'A second document begins there. Put all tenants into one.';
  return `It stops being YAML there (${code.toLowerCase().replaceAll('_', ' ')}). Look at quotes, colons and indentation; a value with a colon, # or * belongs in quotes.`;
}

/** Finds what is wrong, and where. */
class Findings {
  readonly #lines: LineCounter;
  readonly found: { line: number; sentence: string }[] = [];

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  lineOf(node: unknown, otherwise = 1): number {
    const range = (node as Partial<Node> | null | undefined)?.range;
    return range ? this.#lines.linePos(range[0]).line : otherwise;
  }

  add(line: number, sentence: string): void {
    this.found.push({ line, sentence });
  }
}

/** The text of a value: a number or word is taken as it was written, so that no digit of a long id is lost. */
function textOf(node: unknown): string | undefined {
  if (!isScalar(node)) return undefined;
  if (typeof node.value === 'string') return node.value;
  return node.value === null ? undefined : node.source;
}

/** The pairs of a map by their keys, with the line of each. */
function pairsOf(map: { items: Pair[] }, findings: Findings, at: number) {
  return map.items.map(({ key, value }) => ({
    key: textOf(key) ?? '',
    value,
    line: findings.lineOf(key, at),
  }));
}

/** Reads the texts of a map. */
function textsOf(map: { items: Pair[] }, what: string, findings: Findings, at: number) {
  const texts = new Map<string, { text: string; line: number }>();
  for (const { key, value, line } of pairsOf(map, findings, at)) {
    const text = textOf(value);
    if (text !== undefined) texts.set(key, { text, line: findings.lineOf(value, line) });
    else if (value === null || (isScalar(value) && value.value === null)) {
      findings.add(line, `${key} of ${what} has no value. Write one, or take it out.`);
    } else findings.add(line, `${key} of ${what} is ${kindOf(value)}. Write its value as a text.`);
  }
  return texts;
}

/** Reads one tenant of the list. */
function tenantOf(
  item: unknown,
  index: number,
  given: Readonly<Record<string, string>>,
  defaultTimeZone: string,
  findings: Findings,
): DeclaredTenant | undefined {
  const line = findings.lineOf(item);
  if (!isMap(item)) {
    findings.add(
      line,
      `Tenant ${index + 1} of the list is ${kindOf(item)}. Write it with name and settings.`,
    );
    return undefined;
  }
  const pairs = pairsOf(item as { items: Pair[] }, findings, line);
  const named = textOf(pairs.find(({ key }) => key === 'name')?.value);
  const what = named && nameProblem(named) === '' ? `tenant ${named}` : `tenant ${index + 1} of the list`;
  for (const { key, line: at } of pairs) {
    if (['name', 'schedule', 'timeZone', 'settings'].includes(key)) continue;
    const remedy = isTenantSetting(key, true)
      ? `Move it below "settings:".`
      : 'A tenant has name, schedule, timeZone and settings.';
    findings.add(at, `${shown(key)} of ${what} is not known. ${remedy}`);
  }
  const own = { items: (item.items as Pair[]).filter(({ key }) => textOf(key) !== 'settings') };
  const texts = textsOf(own, what, findings, line);
  const name = texts.get('name');
  if (!name) {
    if (!pairs.some(({ key }) => key === 'name'))
      findings.add(line, `Tenant ${index + 1} of the list has no name.`);
  } else if (nameProblem(name.text)) findings.add(name.line, nameProblem(name.text));

  const declared = pairs.find(({ key }) => key === 'settings');
  const settingLines = new Map<string, number>();
  const entered: Record<string, string> = {};
  if (declared && isMap(declared.value)) {
    const texts = textsOf(declared.value as { items: Pair[] }, what, findings, declared.line);
    for (const [key, { text, line: at }] of texts) {
      settingLines.set(key, at);
      if (isTenantSetting(key, true)) entered[key] = text;
      else findings.add(at, `${what[0]?.toUpperCase()}${what.slice(1)}: ${unknownSetting(key)}`);
    }
    const settings = normalized(entered);
    const broken = new Set(
      (declared.value.items as Pair[]).map(({ key }) => textOf(key) ?? '').filter((key) => !texts.has(key)),
    );
    for (const [key, sentence] of Object.entries(settingProblems(settings, given))) {
      if (broken.has(key)) continue;
      const missing = `${key} of ${what} is missing. Add it below "settings:".`;
      const at = settingLines.get(key);
      findings.add(at ?? declared.line, at === undefined ? missing : `In ${what}, ${sentence}`);
    }
  } else if (declared) {
    findings.add(declared.line, `The settings of ${what} are no map. Write them below, each as NAME: value.`);
  } else findings.add(line, `${what[0]?.toUpperCase()}${what.slice(1)} has no settings.`);

  const timeZone = texts.get('timeZone');
  const schedule = texts.get('schedule');
  const checked = checkSchedule(schedule?.text ?? manifest.schedule, timeZone?.text ?? defaultTimeZone);
  for (const [key, sentence] of Object.entries(checked.problems)) {
    findings.add((key === 'schedule' ? schedule : timeZone)?.line ?? line, `In ${what}: ${sentence}`);
  }
  return {
    name: name?.text ?? '',
    settings: Object.fromEntries(Object.entries(normalized(entered)).filter(([, value]) => value !== '')),
    schedule: checked.schedule,
    timeZone: timeZone?.text ?? defaultTimeZone,
    line,
  };
}

/** The list of tenants that a document holds. */
function listOf(text: string, findings: Findings, lines: LineCounter): unknown[] {
  // The parser's own messages repeat what stands in the file; its values are read as they were written.
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines, merge: false });
  for (const { pos, ...problem } of [...document.errors, ...document.warnings]) {
    findings.add(lines.linePos(pos[0]).line, yamlProblem(problem));
  }
  if (findings.found.length > 0) return [];
  visit(document, {
    Alias: (_, node) => {
      findings.add(
        findings.lineOf(node),
        'It refers to another part of the file with *. Write the value out.',
      );
    },
  });
  if (findings.found.length > 0) return [];
  const root = document.contents;
  if (!isMap(root)) {
    findings.add(findings.lineOf(root), FORMAT);
    return [];
  }
  const pairs = pairsOf(root as { items: Pair[] }, findings, 1);
  for (const { key, line } of pairs) {
    if (key !== 'tenants') findings.add(line, `${shown(key)} is not known. ${FORMAT}`);
  }
  const tenants = pairs.find(({ key }) => key === 'tenants');
  if (tenants && isSeq(tenants.value)) return tenants.value.items;
  if (findings.found.length === 0) findings.add(tenants?.line ?? 1, FORMAT);
  return [];
}

/**
 * Reads what a file of tenants says.
 *
 * @param path of the file, for sentences
 * @param given what holds for all tenants, which some rules depend on
 * @param timeZone IANA name, of tenants that name none
 * @throws {HostError} with a sentence and a line for each thing that is wrong
 */
export function parseTenants(
  text: string,
  path: string,
  given: Readonly<Record<string, string>>,
  timeZone: string,
): DeclaredTenant[] {
  const lines = new LineCounter();
  const findings = new Findings(lines);
  const list = listOf(text.replace(/^\uFEFF/, ''), findings, lines);
  const tenants = list.flatMap((item, index) => tenantOf(item, index, given, timeZone, findings) ?? []);
  const first = new Map<string, number>();
  for (const { name, line } of tenants) {
    const before = first.get(name);
    if (name !== '' && before !== undefined) {
      findings.add(
        line,
        `There is a tenant ${shown(name)} in line ${before} already. Give one of them another name.`,
      );
    } else first.set(name, line);
  }
  if (findings.found.length === 0) return tenants;
  const found = findings.found.toSorted((one, other) => one.line - other.line);
  const sentences = found.slice(0, MOST_SENTENCES).map(({ line, sentence }) => `Line ${line}: ${sentence}`);
  const more = found.length > MOST_SENTENCES ? ` And ${found.length - MOST_SENTENCES} more.` : '';
  throw new HostError(
    `TENANTS_FILE ${path} cannot be used, and nothing of it was applied. ${sentences.join(' ')}${more}`,
    78,
  );
}

/**
 * Reads TENANTS_FILE.
 *
 * @param path of the file
 * @param given what holds for all tenants, which some rules depend on
 * @param timeZone IANA name, of tenants that name none
 * @throws {HostError} where it cannot be read, is too large, or something in it is wrong
 */
export async function readTenantsFile(
  path: string,
  given: Readonly<Record<string, string>>,
  timeZone: string,
): Promise<TenantsFile> {
  const failed = (cause: string, remedy: string, error?: unknown) =>
    new HostError(`TENANTS_FILE ${path} cannot be used: ${cause}. ${remedy}`, 78, error);
  const handle = await open(path, 'r').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') {
      throw failed('there is no such file', 'Put the file there, or name another.', error);
    }
    throw failed(
      `it cannot be read (${errorCode(error) || String(error)})`,
      'Give the user that runs this the right to read it.',
      error,
    );
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw failed('it is no file', 'Name a file that holds the tenants in YAML.');
    if (stats.size > LARGEST_BYTES) {
      throw failed(
        `it has ${stats.size} bytes`,
        `It may have ${LARGEST_BYTES} at most: name the file that holds the tenants.`,
      );
    }
    const tenants = parseTenants(await handle.readFile('utf8'), path, given, timeZone);
    const plain = new Set(
      tenants.flatMap(({ settings }) =>
        Object.entries(settings)
          .filter(([name, value]) => secretSettings.includes(name) && !isReference(value))
          .map(([name]) => name),
      ),
    );
    const readable = plain.size > 0 ? openToOthers(stats) : undefined;
    const writable = writableByOthers(stats);
    return {
      tenants,
      warnings: readable
        ? [
            `${path} holds ${[...plain].join(', ')} and is open to other users of this machine (mode ${readable}). Run: chmod 600 ${path}`,
          ]
        : writable
          ? [
              `${path} says where secrets are sent, and can be changed by other users of this machine (mode ${writable}). Run: chmod go-w ${path}`,
            ]
          : [],
    };
  } finally {
    await handle.close();
  }
}
