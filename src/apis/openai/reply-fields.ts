/** Fields of a relayed reply on which clients insist and that some providers leave out. All else of the text stays as it is. */
import { arrayAt, isObject, numberAt, objectAt, stringAt } from "../../wire/json.ts";
import { patchJson } from "../../wire/json-patch.ts";

/** The text of a whole reply, with a reason in every choice: what is whole is finished. `reply` is what `text` parses to. */
export function withFinishReasons(reply: unknown, text: string): string {
  const choices = arrayAt(reply, "choices");
  if (!isObject(reply) || choices.every(isFinished)) return text;
  const finished = choices.map((choice) => {
    if (!isObject(choice) || isFinished(choice)) return choice;
    const hasCalls = arrayAt(choice["message"], "tool_calls").length > 0;
    return { ...choice, finish_reason: hasCalls ? "tool_calls" : "stop" };
  });
  return patchJson(text, reply, { ...reply, choices: finished });
}

function isFinished(choice: unknown): boolean {
  return (stringAt(choice, "finish_reason") ?? "") !== "";
}

/** Names the role in the first delta of each choice: clients reject a stream that never names one. */
export class StreamRoles {
  /** Choices whose role the client knows. */
  readonly #named = new Set<number>();

  /** The text of an event. `frame` is what `text` parses to. */
  add(frame: unknown, text: string): string {
    const choices = arrayAt(frame, "choices");
    if (choices.every((choice) => this.#named.has(indexOf(choice)))) return text;
    const named = choices.map((choice) => this.#withRole(choice));
    const isSame = named.every((choice, position) => choice === choices[position]);
    return isSame || !isObject(frame) ? text : patchJson(text, frame, { ...frame, choices: named });
  }

  #withRole(choice: unknown): unknown {
    const delta = objectAt(choice, "delta");
    if (!isObject(choice) || delta === undefined || this.#named.has(indexOf(choice))) return choice;
    this.#named.add(indexOf(choice));
    const hasRole = (stringAt(delta, "role") ?? "") !== "";
    return hasRole ? choice : { ...choice, delta: { ...delta, role: "assistant" } };
  }
}

function indexOf(choice: unknown): number {
  return numberAt(choice, "index") ?? 0;
}
