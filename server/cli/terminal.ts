import { styleText } from 'node:util';
import { onOneLine } from '../../src/redactor';
import type { ReportLine } from './describe-run';

const LABEL_WIDTH = 12;

/**
 * Where a command talks to whoever started it. Each text stands on one line and without control characters: what
 * comes from outside neither moves the cursor nor forges a line.
 */
export interface Terminal {
  line(text?: string): void;
  /** Lines that were broken for a wide terminal; on a narrower one they are broken anew. */
  text(text: string): void;
  /** Lines that are meant to be copied or kept: never broken. */
  verbatim(text: string): void;
  /** A line that stands above others. */
  heading(text: string): void;
  /** Lines with their labels in a column, long texts broken below themselves. */
  table(lines: readonly ReportLine[]): void;
  /**
   * Rows of cells below their headings, each column as wide as its widest cell. On a terminal that is too narrow for
   * them, each row is a table below its first cell.
   */
  columns(headings: readonly string[], rows: readonly (readonly string[])[]): void;
}

/** What a terminal writes to. */
export interface TerminalStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Breaks a text at spaces. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/**
 * Where the text of a line begins, which may stand in a second column, and where it continues when it is broken: further
 * in than a line begins, so that what comes from outside cannot look like one.
 */
function partsOf(line: string, width: number): [begin: number, indent: number] {
  const blanks = /^ */.exec(line)?.[0].length ?? 0;
  const second = /^ *\S(?:.*?\S)?? {2,}(?=\S)/.exec(line)?.[0].length ?? 0;
  return second > 0 && second <= width / 2 ? [second, second] : [blanks, blanks + 2];
}

/** Columns that help is written for. */
const TEXT_WIDTH = 100;
/** What is indented further than this continues the line above it. */
const CONTINUES = /^ {9,}(?=\S)/;

/** Puts lines together again that belong together. */
function unbroken(text: string): string[] {
  const lines: string[] = [];
  let isParagraph = false;
  for (const line of text.split('\n')) {
    const last = lines.at(-1);
    const isPlain = /^\S/.test(line) && !line.startsWith('Usage:');
    if (last !== undefined && ((isParagraph && isPlain) || CONTINUES.test(line))) {
      lines[lines.length - 1] = `${last} ${line.trim()}`;
    } else lines.push(line);
    isParagraph = isPlain;
  }
  return lines;
}

/** Makes a command's terminal; without colours where nobody would see them. */
export function createTerminal(stream: TerminalStream, env: NodeJS.ProcessEnv): Terminal {
  const isColoured = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  const style = (name: 'bold' | 'dim' | 'red' | 'yellow', text: string) =>
    isColoured ? styleText(name, onOneLine(text), { validateStream: false }) : onOneLine(text);
  const write = (text: string) => stream.write(`${text}\n`);
  // A terminal that doesn't know its size reports 0.
  const width = () => stream.columns || undefined;
  const colourOf = (label: string) =>
    label === 'Failed'
      ? 'red'
      : label === 'Warning' || label === 'Rejected' || label === 'Cancelled'
        ? 'yellow'
        : 'dim';
  const line = (text = '') => {
    const one = onOneLine(text);
    if (stream.isTTY !== true || (width() ?? Infinity) >= one.length) {
      write(one);
      return;
    }
    const columns = width() ?? Infinity;
    const [begin, indent] = partsOf(one, columns);
    const [first = '', ...rest] = wrap(one.slice(begin), columns - indent);
    write(one.slice(0, begin) + first);
    for (const more of rest) write(' '.repeat(indent) + more);
  };
  const heading = (text: string) => write(style('bold', text));
  const table: Terminal['table'] = (lines) => {
    const labels = Math.max(LABEL_WIDTH, ...lines.map(([label]) => label.length + 1));
    const room = Math.max(40, Math.min(width() ?? 100, 110) - labels - 4);
    for (const [label, text] of lines) {
      const [first = '', ...rest] = wrap(onOneLine(text), room);
      write(`  ${style(colourOf(label), label.padEnd(labels))}${first}`);
      for (const more of rest) write(`  ${' '.repeat(labels)}${more}`);
    }
  };
  return {
    line,
    verbatim: (text) => {
      for (const one of text.split('\n')) write(onOneLine(one));
    },
    text: (text) => {
      const isNarrow = stream.isTTY === true && (width() ?? TEXT_WIDTH) < TEXT_WIDTH;
      for (const one of isNarrow ? unbroken(text) : text.split('\n')) line(one);
    },
    heading,
    columns: (headings, rows) => {
      const widths = headings.map((title, column) =>
        Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
      );
      const lineOf = (row: readonly string[]) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd();
      const isWider = [headings, ...rows].some((row) => lineOf(row).length > (width() ?? Infinity));
      if (stream.isTTY === true && isWider) {
        for (const row of rows) {
          heading(row[0] ?? '');
          const others = headings.map((title, column): ReportLine => [title, row[column] ?? '']).slice(1);
          table(others.filter(([, cell]) => cell !== ''));
        }
        return;
      }
      heading(lineOf(headings));
      for (const row of rows) line(lineOf(row));
    },
    table,
  };
}
