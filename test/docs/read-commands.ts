import { readFile } from 'node:fs/promises';

/** A command line that a document shows. */
export interface DocumentedCommand {
  /** Document and line, such as `README.md:27`. */
  at: string;
  /** For bash, with continued lines joined. */
  text: string;
  /** Lines that the document shows as output of it and of those before that have none; `undefined`: none. */
  output: string[] | undefined;
  /** Exit code that the document shows with `echo $?`, else 0. */
  exitCode: number;
}

interface Block {
  language: string;
  line: number;
  lines: string[];
}

/** Returns the fenced blocks of a document. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(\S*)$/.exec(line);
    if (!fence) open?.lines.push(line);
    else if (open) {
      blocks.push(open);
      open = undefined;
    } else open = { language: fence[1] ?? '', line: index + 2, lines: [] };
  }
  return blocks;
}

/** Returns the commands of a block of commands alone. */
function readScript(document: string, { line, lines }: Block): DocumentedCommand[] {
  const commands: DocumentedCommand[] = [];
  let text = '';
  for (const [index, one] of lines.entries()) {
    text += one.replace(/\\$/, ' ');
    if (one.endsWith('\\') || text.trim() === '') continue;
    commands.push({ at: `${document}:${line + index}`, text, output: undefined, exitCode: 0 });
    text = '';
  }
  return commands;
}

/** Returns the commands of a transcript, which begin with `$ `, each with the output below it. */
function readTranscript(document: string, { line, lines }: Block): DocumentedCommand[] {
  const commands: DocumentedCommand[] = [];
  for (const [index, one] of lines.entries()) {
    const last = commands.at(-1);
    if (one.startsWith('$ ')) {
      commands.push({ at: `${document}:${line + index}`, text: one.slice(2), output: [], exitCode: 0 });
    } else last?.output?.push(one);
  }
  return commands.flatMap((command, place) => {
    if (command.text === 'echo $?') return [];
    const next = commands[place + 1];
    return next?.text === 'echo $?' ? { ...command, exitCode: Number(next.output?.[0]) } : command;
  });
}

/**
 * Reads the commands of a document: blocks that are marked `sh`, with a plain block below as their output, and
 * transcripts.
 *
 * @param document path from the repository's root
 */
export async function readCommands(document: string): Promise<DocumentedCommand[]> {
  const text = await readFile(new URL(`../../${document}`, import.meta.url), 'utf8');
  const commands: DocumentedCommand[] = [];
  let above: DocumentedCommand | undefined;
  for (const block of blocksOf(text)) {
    if (block.language === 'sh') commands.push(...readScript(document, block));
    else if (block.lines.some((line) => line.startsWith('$ ')))
      commands.push(...readTranscript(document, block));
    else if (block.language === '' && above) above.output = block.lines;
    above = block.language === 'sh' ? commands.at(-1) : undefined;
  }
  return commands;
}
