import { onTestFinished } from 'vitest';

/** Sets the host's time zone until the test ends. */
export function useTimeZone(zone: string): void {
  const { TZ: before } = process.env;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });
  process.env.TZ = zone;
}
