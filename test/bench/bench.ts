import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Figure } from './figure';
import { coldStart } from './measurements/cold-start';
import { exportAgainstPageChain } from './measurements/export-against-page-chain';
import { memory } from './measurements/memory';
import { publishedLibraries } from './measurements/published-libraries';
import { rateLimitedRuns } from './measurements/rate-limited-runs';
import { printTable } from './print-table';

const { values } = parseArgs({
  options: {
    /** Only these measurements, by name, separated by commas; nothing is written then. */
    only: { type: 'string' },
    /** Logs in the long backlog whose memory is measured. */
    backlog: { type: 'string', default: '1000000' },
    /** Pairs of export and page chain. */
    pairs: { type: 'string', default: '5' },
  },
});
const only = values.only?.split(',');
const figures: Figure[] = [];

async function measure(name: string, work: () => Promise<Figure[]>): Promise<void> {
  if (only && !only.includes(name)) return;
  console.error(`Measuring: ${name}`);
  figures.push(...(await work()));
}

await measure('export', async () => {
  const pairs = Number(values.pairs);
  const compressed = await exportAgainstPageChain(true, pairs);
  const plain = await exportAgainstPageChain(false, pairs);
  const published = await publishedLibraries(compressed.selectedPerSecond);
  return [...plain.figures, ...compressed.figures, ...published];
});
await measure('limits', rateLimitedRuns);
await measure('cold', coldStart);
await measure('memory', () => memory(Number(values.backlog), (text) => console.error(text)));

printTable(figures);
if (!only) {
  const results = { node: process.version, measured: new Date().toISOString().slice(0, 10), figures };
  // From build/out/bench, where this ends up.
  await writeFile(
    new URL('../../../test/bench/results.json', import.meta.url),
    `${JSON.stringify(results, null, 2)}\n`,
  );
}
