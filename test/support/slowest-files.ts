import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

const MAX_FILES = 10;

/** Returns milliseconds spent on loading a file and running its tests. */
const timeOf = (file: TestModule): number => {
  const { collectDuration, duration } = file.diagnostic();
  return collectDuration + duration;
};

/** Prints the slowest files of a run at its end. */
export default class SlowestFiles implements Reporter {
  onTestRunEnd(files: readonly TestModule[]): void {
    if (files.length <= MAX_FILES) return;
    const slowest = files.toSorted((one, other) => timeOf(other) - timeOf(one)).slice(0, MAX_FILES);
    console.log(`\n The ${MAX_FILES} slowest files:`);
    for (const file of slowest) {
      const seconds = (timeOf(file) / 1_000).toFixed(1).padStart(6);
      console.log(` ${seconds} s  ${relative(file.project.config.root, file.moduleId)}`);
    }
  }
}
