import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answer, Order } from './serve-orders';

/** A process of the bench that takes orders. */
export interface Child<Orders extends Record<string, (input: never) => unknown>> {
  /** Has it do something, and answers what came of it. */
  ask<Name extends keyof Orders & string>(
    name: Name,
    ...input: Parameters<Orders[Name]>
  ): Promise<Awaited<ReturnType<Orders[Name]>>>;
  /** Ends it. */
  stop(): Promise<void>;
}

/**
 * Starts one of the bench's processes.
 *
 * @param name of its file under `processes/`
 * @param nodeOptions for its Node, such as `--cpu-prof`
 * @param env added to this process's own environment
 */
export function startChild<Orders extends Record<string, (input: never) => unknown>>(
  name: string,
  nodeOptions: readonly string[] = [],
  env: Record<string, string> = {},
): Child<Orders> {
  const child: ChildProcess = fork(new URL(`./processes/${name}.mjs`, import.meta.url), [], {
    execArgv: ['--enable-source-maps', '--no-deprecation', ...nodeOptions],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let last = 0;
  child.on('message', ({ id, error, value }: Answer) => {
    const asker = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asker?.resolve(value as never);
    else asker?.reject(new Error(`${name}: ${error}`));
  });
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${name} ended with ${code}`));
  });
  return {
    ask: (order, ...[input]) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve, reject });
        child.send({ id: last, name: order, input } satisfies Order);
      }),
    stop: async () => {
      if (child.exitCode !== null) return;
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}
