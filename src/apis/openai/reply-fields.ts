/**
 * Adds fields that clients require and that some providers omit. The rest of the reply's text stays
 * unchanged.
 */
import { arrayAt, isObject, numberAt, objectAt, stringAt } from "../../wire/json.ts";
import { patchJson } from "../../wire/json-patch.ts";

/**
 * The text of a whole reply, with a finish reason in every choice. A whole reply is finished. `reply` is the
 * parsed `text`.
 */
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

/** Adds the role to the first delta of each choice. Clients reject a stream without a role. */
export class StreamRoles {
  /** Choices whose role was sent. */
  readonly #named = new Set<number>();

  /** The text of an event. `frame` is the parsed `text`. */
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
