import { setTimeout as wait } from 'node:timers/promises';
import { processorTime } from './processor-time';

const LOOK_MS = 500;
/** Milliseconds of foreign work in that time that disturb nothing. */
const NEGLIGIBLE_MS = 100;
const MOST_LOOKS = 120;

/** Waits until the machine has nothing else to do, a minute at most. */
export async function quietMachine(): Promise<void> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const before = processorTime();
    await wait(LOOK_MS);
    if (processorTime() - before < NEGLIGIBLE_MS) return;
  }
}
