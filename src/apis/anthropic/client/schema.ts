/**
 * Requests of clients to Anthropic's `/v1/messages`.
 *
 *     {"model":"m","max_tokens":32000,"stream":true,"system":[{"type":"text","text":"…","cache_control":{…}}],
 *      "messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}],
 *      "tools":[{"name":"f","description":"…","input_schema":{…}}],"tool_choice":{"type":"auto"},
 *      "thinking":{"type":"adaptive"},"output_config":{"effort":"high"},"metadata":{"user_id":"…"}}
 *
 * Content blocks, and who writes them:
 *
 *     {"type":"text","text":"…"}                                                     everyone
 *     {"type":"image","source":{"type":"base64","media_type":"image/png","data":"…"}}    the user; also "type":"url"
 *     {"type":"document","source":{"type":"text","data":"…"}}                        the user
 *     {"type":"tool_result","tool_use_id":"…","content":"…","is_error":true}         the user; content may be blocks
 *     {"type":"thinking","thinking":"…","signature":"…"}                             the assistant
 *     {"type":"tool_use","id":"…","name":"f","input":{…}}                            the assistant
 *
 * https://platform.claude.com/docs/en/api/messages
 */
import * as v from "valibot";
import { jsonObject, optional } from "../../shared/body.ts";

const contentSchema = v.union([v.string(), v.array(jsonObject)]);

const toolSchema = v.object({
  type: optional(v.string()),
  name: optional(v.string()),
  description: optional(v.string()),
  input_schema: optional(jsonObject),
  strict: optional(v.boolean()),
});

export const requestSchema = v.object({
  model: optional(v.string()),
  max_tokens: optional(v.number()),
  system: optional(contentSchema),
  messages: optional(v.array(v.object({ role: optional(v.string()), content: optional(contentSchema) }))),
  stream: optional(v.boolean()),
  temperature: optional(v.number()),
  top_p: optional(v.number()),
  top_k: optional(v.number()),
  stop_sequences: optional(v.array(v.string())),
  tools: optional(v.array(toolSchema)),
  tool_choice: optional(
    v.object({
      type: v.string(),
      name: optional(v.string()),
      disable_parallel_tool_use: optional(v.boolean()),
    }),
  ),
  thinking: optional(v.object({ type: v.string() })),
  output_config: optional(v.object({ effort: optional(v.string()), format: optional(jsonObject) })),
  /** The older name of `output_config.format`. */
  output_format: optional(jsonObject),
  mcp_servers: optional(v.array(v.unknown())),
});

export type RequestFields = v.InferOutput<typeof requestSchema>;
export type WireTool = v.InferOutput<typeof toolSchema>;
/** Text, or blocks. */
export type WireContent = v.InferOutput<typeof contentSchema>;
