import type { Figure } from './figure';

function wanted({ target }: Figure): string {
  if (!target) return '';
  return 'atMost' in target ? `at most ${target.atMost}` : `at least ${target.atLeast}`;
}

function isMet({ target, value }: Figure): string {
  if (!target) return '';
  return ('atMost' in target ? value <= target.atMost : value >= target.atLeast) ? 'yes' : 'no';
}

/** Prints figures as a table in Markdown, so that it can be taken over as it is. */
export function printTable(figures: readonly Figure[]): void {
  const rows = figures.map((figure) => [
    figure.measurement,
    `${Number(figure.value.toPrecision(3))} ${figure.unit}`,
    wanted(figure),
    isMet(figure),
    figure.note ?? '',
  ]);
  for (const row of [['Measurement', 'Result', 'Target', 'Met', 'Note'], Array(5).fill('---'), ...rows]) {
    console.log(`| ${row.join(' | ')} |`);
  }
}
