/**
 * Names of fields in any case, as Go's decoder reads them: `{"Model":"m","Messages":[{"Role":"user","Content":"hi"}]}`. Only
 * the names that Ollama's APIs have are changed, so the fields of a provider keep their case. Values that are the
 * client's own, such as the arguments of a tool, are not looked into.
 */
import { exactJson } from "../../wire/exact-json.ts";
import { type JsonObject, isObject, mapped } from "../../wire/json.ts";
import type { JsonBody } from "../endpoint.ts";

const NAMES: ReadonlySet<string> = new Set(
  (
    "model messages prompt suffix system template context stream raw format keep_alive images tools options think truncate shift " +
    "logprobs top_logprobs role content thinking tool_calls tool_name tool_call_id id function index name arguments type " +
    "description parameters input dimensions encoding_format max_tokens max_completion_tokens temperature top_p top_k seed stop " +
    "frequency_penalty presence_penalty response_format json_schema schema strict stream_options include_usage reasoning_effort " +
    "reasoning effort summary instructions max_output_tokens text output call_id encrypted_content stop_sequences " +
    "budget_tokens source media_type data url image_url detail input_audio tool_use_id is_error input_schema output_config"
  ).split(" "),
);

/** What is under these names has the client's own names. */
const OWN: ReadonlySet<string> = new Set(["arguments", "parameters", "input_schema", "schema", "options"]);
/** These are the client's own at the top, or everywhere else. */
const OWN_AT_TOP = "format";
const OWN_INSIDE = "input";

/** Fields of the APIs are not nested more deeply. */
const LEVELS = 8;

/** The body with all of Ollama's fields in lower case; the same value when they are already. */
export function lowerCaseFields(body: unknown): unknown {
  return lowerCase(body, 0);
}

/** As `lowerCaseFields`, for a body that is also needed as text. */
export function withFieldCase(body: JsonBody): JsonBody {
  if (lowerCaseFields(body.value) === body.value) return body;
  const value = lowerCaseFields(exactJson(body.text, body.value));
  const text = JSON.stringify(value);
  return { text, value: JSON.parse(text) };
}

function lowerCase(value: unknown, level: number): unknown {
  if (level === LEVELS) return value;
  if (Array.isArray(value)) return mapped(value, (entry) => lowerCase(entry, level + 1));
  return isObject(value) && !JSON.isRawJSON(value) ? lowerCaseObject(value, level) : value;
}

function lowerCaseObject(object: JsonObject, level: number): JsonObject {
  let changed: { [key: string]: unknown } | undefined;
  for (const key of Object.keys(object)) {
    const lower = key.toLowerCase();
    const name = NAMES.has(lower) ? lower : key;
    const value = isOwn(name, level) ? object[key] : lowerCase(object[key], level + 1);
    if (name === key && value === object[key]) continue;
    changed ??= { ...object };
    if (name !== key) delete changed[key];
    changed[name] = value;
  }
  return changed ?? object;
}

function isOwn(name: string, level: number): boolean {
  return OWN.has(name) || (level === 0 ? name === OWN_AT_TOP : name === OWN_INSIDE);
}
