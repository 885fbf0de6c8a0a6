/**
 * `options`: the model parameters of Ollama that the client set.
 *
 * A wrong type is an error with Ollama's exact message and its status 500. Unknown keys are ignored, as in
 * Ollama. A `stop` that is a plain string is a list of one.
 */
import { ProxyError } from "../../../chat/error.ts";
import type { Sampling } from "../../../chat/request.ts";
import type { JsonObject } from "../../../wire/json.ts";

/**
 * These only control a local runner. They have no meaning for a remote provider, but must have the right
 * type.
 */
const RUNNER_INTEGERS = [
  "num_ctx",
  "num_keep",
  "num_batch",
  "num_gpu",
  "main_gpu",
  "num_thread",
  "draft_num_predict",
];

export function decodeOptions(options: JsonObject): Sampling {
  for (const key of RUNNER_INTEGERS) integer(options, key);
  if (typeof (options["use_mmap"] ?? false) !== "boolean")
    refuse('option "use_mmap" must be of type boolean');
  const maxTokens = integer(options, "num_predict");
  const seed = integer(options, "seed");
  return {
    // -1 and -2 mean "as many as fit". A negative seed means "any". Both are the provider's defaults.
    maxTokens: maxTokens !== undefined && maxTokens > 0 ? maxTokens : undefined,
    seed: seed !== undefined && seed >= 0 ? seed : undefined,
    temperature: float(options, "temperature"),
    topP: float(options, "top_p"),
    topK: integer(options, "top_k"),
    minP: float(options, "min_p"),
    typicalP: float(options, "typical_p"),
    stop: stop(options),
    presencePenalty: float(options, "presence_penalty"),
    frequencyPenalty: float(options, "frequency_penalty"),
    repeatPenalty: float(options, "repeat_penalty"),
    repeatLastN: integer(options, "repeat_last_n"),
  };
}

/** The context window that the client asks for, in tokens. Only `/api/ps` shows it. */
export function decodeContextLength(options: JsonObject): number | undefined {
  return integer(options, "num_ctx");
}

function integer(options: JsonObject, key: string): number | undefined {
  const value = number(options, key, "integer");
  return value === undefined ? undefined : Math.trunc(value);
}

function float(options: JsonObject, key: string): number | undefined {
  return number(options, key, "float32");
}

function number(options: JsonObject, key: string, type: string): number | undefined {
  const value = options[key] ?? undefined;
  if (value === undefined) return undefined;
  return typeof value === "number" ? value : refuse(`option "${key}" must be of type ${type}`);
}

function stop(options: JsonObject): readonly string[] | undefined {
  const value = options["stop"] ?? undefined;
  if (value === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.map((text) =>
    typeof text === "string" ? text : refuse('option "stop" must be of an array of strings'),
  );
  const used = texts.filter((text) => text !== "");
  return used.length === 0 ? undefined : used;
}

function refuse(message: string): never {
  throw new ProxyError("bad-request", message, { status: 500 });
}
