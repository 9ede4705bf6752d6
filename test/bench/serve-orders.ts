/** What a process of the bench is told. */
export interface Order {
  id: number;
  name: string;
  input: unknown;
}

/** What it answers. */
export interface Answer {
  id: number;
  error?: string;
  value?: unknown;
}

/** Takes the orders of the process that started this one, until that one lets go. */
export function serveOrders(orders: Record<string, (input: never) => unknown>): void {
  const obey = async ({ name, input }: Order): Promise<unknown> => {
    const order = orders[name];
    if (!order) throw new Error(`There is no order ${name}`);
    return order(input as never);
  };
  process.on('message', (order: Order) => {
    obey(order).then(
      (value) => process.send?.({ id: order.id, value } satisfies Answer),
      (error: unknown) =>
        process.send?.({
          id: order.id,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        } satisfies Answer),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
