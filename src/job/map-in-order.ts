/**
 * Works on several items at once and yields the results in the order of the items. The source is read on
 * while results wait to be taken, up to `limit` items that are begun and not yet taken, so that memory stays
 * the same however long the source is.
 *
 * When the source fails, the results of everything before it come first, then its error. When the work on an
 * item fails, its error comes in its place and the rest is given up.
 *
 * @param source asked for one item after the other
 * @param limit items begun and not yet taken, 1 or more
 * @param work must not need the items after it
 */
export async function* mapInOrder<T, R>(
  source: AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  let open = true;
  let failure: { error: unknown } | undefined;
  let wakeReader = () => {};
  let wakeTaker = () => {};

  const read = async () => {
    try {
      for await (const item of source) {
        if (!open) return;
        const result = work(item);
        // Awaited when it is its turn; until then nobody listens.
        result.catch(() => {});
        begun.push(result);
        wakeTaker();
        while (open && begun.length >= limit) {
          await new Promise<void>((resolve) => {
            wakeReader = resolve;
          });
        }
        if (!open) return;
      }
    } catch (error) {
      failure = { error };
    } finally {
      open = false;
      wakeTaker();
    }
  };
  const reading = read();

  try {
    for (;;) {
      const next = begun[0];
      if (next) {
        const result = await next;
        begun.shift();
        wakeReader();
        yield result;
      } else if (open) {
        await new Promise<void>((resolve) => {
          wakeTaker = resolve;
        });
      } else break;
    }
    if (failure) throw failure.error;
  } finally {
    open = false;
    wakeReader();
    reading.catch(() => {});
  }
}
