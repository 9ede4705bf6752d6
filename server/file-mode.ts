import type { Stats } from 'node:fs';

const OTHERS_READ_OR_WRITE = 0o066;
const OTHERS_WRITE = 0o022;

/** A file's mode where other users of this machine may do something with it; `undefined` where files have no mode. */
function exposed({ mode }: Stats, bits: number): string | undefined {
  const isExposed = process.getuid !== undefined && (mode & bits) !== 0;
  return isExposed ? `0${(mode & 0o777).toString(8)}` : undefined;
}

/** The mode, such as `0644`, where group or others may read or write a file; `undefined` where not. */
export const openToOthers = (stats: Stats): string | undefined => exposed(stats, OTHERS_READ_OR_WRITE);

/** The mode, such as `0666`, where group or others may write a file; `undefined` where not. */
export const writableByOthers = (stats: Stats): string | undefined => exposed(stats, OTHERS_WRITE);
