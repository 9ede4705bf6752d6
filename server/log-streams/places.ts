/** Places for something that takes memory, of which few are taken at once while others wait. */
interface Places {
  /**
   * Does work once there is a place for it.
   *
   * @param of whose it is: nobody takes all of them
   * @returns `undefined` where too many wait already; nothing was done then
   */
  take<T>(of: string, work: () => Promise<T>): Promise<T | undefined>;
}

/**
 * Makes places.
 *
 * @param most taken at once
 * @param mostOfOne of them by one
 * @param mostWaiting for one
 */
export function createPlaces(most: number, mostOfOne: number, mostWaiting: number): Places {
  const taken = new Map<string, number>();
  let waiting: { of: string; begin: () => void }[] = [];
  let all = 0;
  const mayBegin = (of: string) => all < most && (taken.get(of) ?? 0) < mostOfOne;
  const change = (of: string, by: 1 | -1) => {
    all += by;
    const count = (taken.get(of) ?? 0) + by;
    if (count > 0) taken.set(of, count);
    else taken.delete(of);
  };
  const fill = () => {
    const next = waiting.find(({ of }) => mayBegin(of));
    if (!next) return;
    waiting = waiting.filter((one) => one !== next);
    change(next.of, 1);
    next.begin();
  };
  return {
    take: async (of, work) => {
      if (mayBegin(of)) change(of, 1);
      else if (waiting.length >= mostWaiting) return undefined;
      else await new Promise<void>((begin) => waiting.push({ of, begin }));
      try {
        return await work();
      } finally {
        change(of, -1);
        fill();
      }
    },
  };
}
