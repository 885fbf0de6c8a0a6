/** The tool calls of one message that wait for their results, found without a search through all of them. */

export interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly clientId: string | undefined;
  /** Undefined as long as nobody has answered. */
  result: string | undefined;
}

export class OpenCalls {
  readonly all: readonly OpenCall[];
  readonly #byId: ReadonlyMap<string | undefined, Queue>;
  readonly #byName: ReadonlyMap<string | undefined, Queue>;
  readonly #inOrder: Queue;

  constructor(calls: readonly OpenCall[]) {
    this.all = calls;
    this.#byId = grouped(calls, (call) => call.clientId);
    this.#byName = grouped(calls, (call) => call.name);
    this.#inOrder = { calls, answered: 0 };
  }

  /** The first without a result: of that id, else of that name, else of all. */
  find(id: string | undefined, name: string | undefined): OpenCall | undefined {
    return (
      (id === undefined ? undefined : firstOpen(this.#byId.get(id))) ??
      (name === undefined ? undefined : firstOpen(this.#byName.get(name))) ??
      firstOpen(this.#inOrder)
    );
  }
}

interface Queue {
  readonly calls: readonly OpenCall[];
  /** How many at its beginning have their results. */
  answered: number;
}

function grouped(
  calls: readonly OpenCall[],
  keyOf: (call: OpenCall) => string | undefined,
): ReadonlyMap<string | undefined, Queue> {
  const groups = Map.groupBy(calls, keyOf);
  return new Map([...groups].map(([key, group]) => [key, { calls: group, answered: 0 }]));
}

function firstOpen(queue: Queue | undefined): OpenCall | undefined {
  if (queue === undefined) return undefined;
  while (queue.calls[queue.answered]?.result !== undefined) queue.answered += 1;
  return queue.calls[queue.answered];
}
