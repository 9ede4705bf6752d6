import { readFileSync } from 'node:fs';

/**
 * The most memory that this process has had resident, in MB. On Linux that of this program alone: what
 * `resourceUsage` says includes the process that started it.
 */
export function peakMemory(): number {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (peak !== undefined) return Number(peak) / 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS / 1024;
}
