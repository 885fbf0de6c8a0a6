/**
 * Schemas of strict clients for Ollama's model lists. A null or a missing text breaks these clients. Their code is Rust, Kotlin,
 * TypeScript, C# and Swift.
 */
import * as v from "valibot";

const time = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/));
const int = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const filled = v.pipe(v.string(), v.nonEmpty());
/** Other members may have any value but null. */
const noNull = v.record(v.string(), v.unknown());

const zedDetails = v.object({
  format: v.string(),
  family: v.string(),
  parameter_size: v.string(),
  quantization_level: v.string(),
});
const koogCapability = v.picklist(["completion", "tools", "insert", "vision", "embedding", "thinking"]);

export const TAGS_CLIENTS = {
  zed: v.object({
    models: v.array(
      v.object({ name: filled, modified_at: time, size: int, digest: filled, details: zedDetails }),
    ),
  }),
  koog: v.object({
    models: v.array(
      v.object({
        name: filled,
        model: filled,
        modified_at: filled,
        size: int,
        digest: filled,
        details: v.object({ format: v.string(), family: v.string(), parameter_size: v.string() }),
      }),
    ),
  }),
  roo: v.object({
    models: v.array(
      v.object({
        name: filled,
        model: filled,
        digest: v.string(),
        details: v.object({ family: v.string(), parameter_size: v.string(), families: v.array(v.string()) }),
      }),
    ),
  }),
  commandLine: v.object({
    models: v.array(
      v.object({
        name: filled,
        digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
        size: int,
        modified_at: time,
      }),
    ),
  }),
  copilot: v.object({ models: v.array(v.object({ model: filled })) }),
  avante: v.object({ models: v.array(v.object({ details: noNull })) }),
} as const;

export const SHOW_CLIENTS = {
  koog: v.pipe(
    v.object({
      capabilities: v.pipe(v.array(koogCapability), v.minLength(1)),
      details: noNull,
      model_info: v.objectWithRest(
        { "general.architecture": filled, "general.parameter_count": v.optional(int) },
        v.unknown(),
      ),
    }),
    v.check(({ model_info: info }) => {
      const architecture = info["general.architecture"];
      return [`${architecture}.context_length`, `${architecture}.embedding_length`].every((key) =>
        Number.isInteger(info[key]),
      );
    }, "the architecture's two lengths"),
  ),
  ollamaKit: v.object({
    license: v.string(),
    template: v.string(),
    modelfile: v.string(),
    parameters: v.string(),
    details: zedDetails,
  }),
  python: v.object({ model_info: noNull, modified_at: time }),
} as const;
