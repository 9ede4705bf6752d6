/** What places are opened with. */
interface PlacesOptions<T> {
  /** Jobs at once, at most. */
  most: number;
  /**
   * Opens a place, which takes one job after the other until it is closed.
   *
   * @returns what it is closed by
   */
  open: (handle: (job: T) => Promise<void>) => Promise<string>;
  /** Closes a place once its job is done; it takes none after that. */
  close: (id: string) => Promise<void>;
  /** Told where no further place could be opened. */
  onTrouble: (error: unknown) => void;
}

/**
 * Takes jobs in places of which one more is open than are taken: each that is open asks for a job whenever one is
 * announced, whichever process it may be for. One that takes a job opens the next, which asks at once.
 *
 * @throws what `open` throws for the first
 */
export async function openPlaces<T>(
  { most, open, close, onTrouble }: PlacesOptions<T>,
  handle: (job: T) => Promise<void>,
): Promise<void> {
  let opened = 0;
  let taken = 0;
  const openOne = async (): Promise<void> => {
    opened += 1;
    try {
      const place = open(async (job) => {
        taken += 1;
        if (taken === opened && opened < most) openOne().catch(onTrouble);
        try {
          await handle(job);
        } finally {
          taken -= 1;
          if (opened - taken > 1) {
            opened -= 1;
            place.then(close).catch(onTrouble);
          }
        }
      });
      await place;
    } catch (error) {
      opened -= 1;
      throw error;
    }
  };
  await openOne();
}
