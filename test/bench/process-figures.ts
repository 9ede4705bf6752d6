import { readFileSync } from 'node:fs';

const MS_PER_TICK = 10;

/** The fields of a process's `stat` behind its name, on Linux. */
const statOf = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');

/** The process that has started another. */
export const parentOf = (pid: number): number => Number(statOf(pid)[1]);

/** Milliseconds of processor time that a process has taken; with those that it has started and that have ended. */
export function processorMsOf(pid: number, isWithEnded = false): number {
  const [own, system, ended, endedSystem] = statOf(pid).slice(11, 15).map(Number);
  const ticks = (own ?? 0) + (system ?? 0) + (isWithEnded ? (ended ?? 0) + (endedSystem ?? 0) : 0);
  return ticks * MS_PER_TICK;
}

/** The most memory that a process has had resident, in MB. */
export const peakMbOf = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
