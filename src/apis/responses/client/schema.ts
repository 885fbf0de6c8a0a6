/**
 * Clients' requests to OpenAI's `/v1/responses`.
 *
 *     {"model":"m","instructions":"…","stream":true,"store":false,"include":["reasoning.encrypted_content"],
 *      "input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}],
 *      "tools":[{"type":"function","name":"f","description":"…","strict":false,"parameters":{…}}],"tool_choice":"auto",
 *      "parallel_tool_calls":true,"reasoning":{"effort":"medium","summary":"auto"},"prompt_cache_key":"…"}
 *
 * Items of the input other than messages:
 *
 *     {"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"…"}
 *     {"type":"function_call","call_id":"call_1","name":"f","namespace":"ns","arguments":"{}"}
 *     {"type":"function_call_output","call_id":"call_1","output":"42"}                      output may be a list of parts
 *     {"type":"custom_tool_call","call_id":"call_2","name":"apply_patch","input":"*** Begin"}
 *     {"type":"custom_tool_call_output","call_id":"call_2","output":"done"}
 *     {"type":"additional_tools","role":"developer","tools":[…]}                            as in "tools"
 *
 * The proxy stores no responses, so a request that refers to an earlier response by its id is rejected.
 * https://platform.openai.com/docs/api-reference/responses
 */
import * as v from "valibot";
import { jsonObject, optional } from "../../shared/body.ts";

export const requestSchema = v.object({
  model: optional(v.string()),
  input: optional(v.union([v.string(), v.array(jsonObject)])),
  instructions: optional(v.string()),
  stream: optional(v.boolean()),
  max_output_tokens: optional(v.number()),
  temperature: optional(v.number()),
  top_p: optional(v.number()),
  top_logprobs: optional(v.number()),
  include: optional(v.array(v.string())),
  reasoning: optional(v.object({ effort: optional(v.string()), summary: optional(v.string()) })),
  text: optional(v.object({ format: optional(jsonObject), verbosity: optional(v.string()) })),
  tools: optional(v.array(jsonObject)),
  tool_choice: optional(v.union([v.string(), jsonObject])),
  parallel_tool_calls: optional(v.boolean()),
  truncation: optional(v.string()),
  metadata: optional(jsonObject),
  prompt_cache_key: optional(v.string()),
  previous_response_id: optional(v.string()),
  conversation: optional(v.unknown()),
  prompt: optional(v.unknown()),
  background: optional(v.boolean()),
});

export type RequestFields = v.InferOutput<typeof requestSchema>;
