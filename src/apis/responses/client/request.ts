/** Requests to `/v1/responses`. `schema.ts` shows their format. */
import { ProxyError } from "../../../chat/error.ts";
import type { ChatRequest, OutputFormat } from "../../../chat/request.ts";
import { type JsonObject, objectAt, stringAt } from "../../../wire/json.ts";
import { parseBody } from "../../shared/body.ts";
import { Fields, typeName } from "../../shared/go-fields.ts";
import { decodeEffort } from "../../shared/effort.ts";
import { refuse, requireModel } from "../../shared/openai-sampling.ts";
import { decodeInput } from "./input.ts";
import { Toolbox, declaredTools } from "./tools.ts";
import { type RequestFields, requestSchema } from "./schema.ts";

export interface ResponsesRequest {
  readonly chat: ChatRequest;
  readonly toolbox: Toolbox;
  /** The fields of the request, which replies repeat. */
  readonly fields: RequestFields;
}

/** Throws `bad-request`, with Ollama's message where Ollama has one, or `unsupported`. */
export function decodeResponsesRequest(body: unknown): ResponsesRequest {
  const fields = readFields(body);
  refuseUntranslatable(fields);
  const model = requireModel(fields.model);
  const input = inputIn(fields);
  const toolbox = new Toolbox(declaredTools(fields.tools ?? [], input));
  const { tools } = toolbox;
  const { instructions = "", max_output_tokens } = fields;
  return {
    fields,
    toolbox,
    chat: {
      model,
      messages: [
        ...(instructions === "" ? [] : [{ role: "system", text: instructions } as const]),
        ...decodeInput(input),
      ],
      stream: fields.stream ?? false,
      tools,
      toolChoice: toolbox.decodeChoice(fields.tool_choice),
      // Omitted without tools, because some providers reject it then.
      parallelToolCalls: tools.length === 0 ? undefined : fields.parallel_tool_calls,
      sampling: {
        maxTokens: max_output_tokens !== undefined && max_output_tokens > 0 ? max_output_tokens : undefined,
        temperature: fields.temperature,
        topP: fields.top_p,
      },
      format: decodeFormat(fields.text?.format),
      reasoning: decodeEffort(fields.reasoning?.effort),
      topLogprobs: decodeTopLogprobs(fields),
    },
  };
}

/** Reads the fields. Types that a real Ollama rejects are checked first, with its messages. */
function readFields(body: unknown): RequestFields {
  const fields = Fields.of("ResponsesRequest", body, "openai");
  fields.string("model");
  fields.boolean("stream");
  const input = fields.unknown("input") ?? [];
  if (typeof input !== "string" && !Array.isArray(input)) {
    throw new ProxyError(
      "bad-request",
      `input must be a string or array: json: cannot unmarshal ${typeName(input)} into Go value of type []json.RawMessage`,
    );
  }
  return parseBody(requestSchema, body ?? {});
}

function refuseUntranslatable(fields: RequestFields): void {
  const whole = 'only the whole conversation in "input", because replies are not stored';
  if ((fields.previous_response_id ?? "") !== "") refuse("previous_response_id", whole);
  if (fields.conversation !== undefined) refuse("conversation", whole);
  if (fields.prompt !== undefined) refuse("prompt", 'a prompt only as text in "instructions" or "input"');
  if (fields.background === true) refuse("background", 'only requests without "background"');
}

/** A request without input only loads the model. */
function inputIn({ input }: RequestFields): string | readonly JsonObject[] {
  return input === undefined || input === "" ? [] : input;
}

function decodeFormat(format: JsonObject | undefined): OutputFormat | undefined {
  const type = stringAt(format, "type");
  if (type === "json_object") return { type: "json" };
  if (type !== "json_schema") return undefined;
  const schema = objectAt(format, "schema");
  if (schema === undefined) {
    throw new ProxyError("bad-request", 'Cannot read the request: "text.format" needs a "schema"');
  }
  const strict = format?.["strict"] === true ? true : undefined;
  return { type: "json-schema", schema, name: stringAt(format, "name"), strict };
}

function decodeTopLogprobs({ include = [], top_logprobs = 0 }: RequestFields): number | undefined {
  if (top_logprobs < 0 || top_logprobs > 20) {
    throw new ProxyError("bad-request", "top_logprobs must be between 0 and 20");
  }
  const isWanted = top_logprobs > 0 || include.includes("message.output_text.logprobs");
  return isWanted ? top_logprobs : undefined;
}
