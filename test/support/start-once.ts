import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Something that all tests of a run share. */
interface Shared {
  /** Returned to tests that ask for it. */
  address: string;
  end(): Promise<void>;
}

/**
 * Starts something that all tests of a run share when the first test asks for it. Runs that don't need it don't wait.
 *
 * @param start its failure is reported to every test that asks
 * @returns the URL whose answer is the address, and a function that ends what was started
 */
export async function startOnce(
  start: () => Promise<Shared>,
): Promise<{ url: string; end: () => Promise<void> }> {
  let started: Promise<Shared> | undefined;
  const server = createServer((_request, response) => {
    started ??= start();
    started.then(
      ({ address }) => response.end(address),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    end: async () => {
      server.close();
      server.closeAllConnections();
      await started?.then(
        (shared) => shared.end(),
        () => {},
      );
    },
  };
}

/**
 * Returns the address of what all tests share, starting it if this test is the first.
 *
 * @param url from {@link startOnce}
 * @throws {Error} if it can't be started
 */
export async function askForShared(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
