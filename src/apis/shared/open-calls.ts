/**
 * Tool calls of one message without a result. They are indexed, so that finding one needs no search through
 * all.
 */

export interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly clientId: string | undefined;
  /** Undefined: no result yet. */
  result: string | undefined;
}

export class OpenCalls {
  readonly all: readonly OpenCall[];
  /** Made for the first result. Most messages have no calls. */
  #byId: ReadonlyMap<string | undefined, Queue> | undefined;
  #byName: ReadonlyMap<string | undefined, Queue> | undefined;
  readonly #inOrder: Queue;

  constructor(calls: readonly OpenCall[]) {
    this.all = calls;
    this.#inOrder = { calls, answered: 0 };
  }

  /** The first call without a result: with that id, otherwise with that name, otherwise of all calls. */
  find(id: string | undefined, name: string | undefined): OpenCall | undefined {
    this.#byId ??= grouped(this.all, (call) => call.clientId);
    this.#byName ??= grouped(this.all, (call) => call.name);
    return (
      (id === undefined ? undefined : firstOpen(this.#byId.get(id))) ??
      (name === undefined ? undefined : firstOpen(this.#byName.get(name))) ??
      firstOpen(this.#inOrder)
    );
  }
}

interface Queue {
  readonly calls: readonly OpenCall[];
  /** Number of calls at the beginning of the queue that have their results. */
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
