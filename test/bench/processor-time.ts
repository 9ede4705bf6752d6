import { readFileSync } from 'node:fs';

const MS_PER_TICK = 10;

/**
 * Milliseconds that the machine's processors have worked since it was started, whoever for: what else continued
 * during a measurement shows in it.
 *
 * @returns 0 where the system does not tell
 */
export function processorTime(): number {
  try {
    const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '';
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
      .split(/\s+/)
      .slice(1)
      .map(Number);
    return (user + nice + system + irq + softirq + steal) * MS_PER_TICK;
  } catch {
    return 0;
  }
}
