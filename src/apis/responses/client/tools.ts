/**
 * Tools of `/v1/responses`. All of them are sent to providers as plain functions.
 *
 *     {"type":"function","name":"f","parameters":{…}}
 *     {"type":"namespace","name":"mcp__files","tools":[{"type":"function","name":"read",…}]}   becomes mcp__files__read
 *     {"type":"custom","name":"apply_patch","format":{"type":"grammar","syntax":"lark","definition":"…"}}
 *
 * A custom tool takes free text. It becomes a function with one parameter, `input`. Tools that OpenAI itself
 * runs, such as a web search, are ignored, as in Ollama.
 */
import { ProxyError } from "../../../chat/error.ts";
import type { Tool, ToolChoice } from "../../../chat/request.ts";
import { type JsonObject, arrayAt, isObject, objectAt, parseJson, stringAt } from "../../../wire/json.ts";

/** A tool as the client declared it. */
interface Origin {
  readonly type: "function" | "custom";
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** The tools of one request, in both directions. */
export class Toolbox {
  /** The tools by the name that is sent to providers. A repeated declaration replaces the earlier one. */
  readonly #tools = new Map<string, Tool>();
  readonly #origins = new Map<string, Origin>();

  /** Throws `bad-request`, or `unsupported` for tools that only OpenAI's models can use. */
  constructor(tools: readonly JsonObject[]) {
    for (const tool of tools) this.#add(tool, undefined);
  }

  /** The tools as they are sent to providers. */
  get tools(): readonly Tool[] {
    return [...this.#tools.values()];
  }

  /** The client's declaration of the tool that the model called. */
  originOf(name: string): Origin {
    return this.#origins.get(name) ?? { type: "function", name };
  }

  /** Throws `unsupported`. Undefined: the client made no choice, or its tool was not sent. */
  decodeChoice(choice: string | JsonObject | undefined): ToolChoice | undefined {
    if (choice === undefined || this.#tools.size === 0) return undefined;
    if (choice === "auto" || choice === "none" || choice === "required") return choice;
    const name = stringAt(choice, "name");
    if (name === undefined || stringAt(choice, "type") === "allowed_tools") {
      throw new ProxyError(
        "unsupported",
        'Cannot forward "tool_choice": this model supports "auto", "none", "required" or the name of a function',
      );
    }
    const full = qualifiedName(stringAt(choice, "namespace"), name);
    return this.#origins.has(full) ? { name: full } : undefined;
  }

  #add(tool: JsonObject, namespace: string | undefined): void {
    const type = stringAt(tool, "type") ?? "function";
    const name = stringAt(tool, "name") ?? "";
    if (type === "namespace") {
      for (const inner of arrayAt(tool, "tools")) if (isObject(inner)) this.#add(inner, name);
    } else if (type === "function" || type === "custom") {
      if (name === "") throw new ProxyError("bad-request", "Cannot read the tools: every tool needs a name");
      const full = qualifiedName(namespace, name);
      this.#origins.set(full, { type, name, namespace });
      this.#tools.set(full, type === "custom" ? customTool(full, tool) : functionTool(full, tool));
    } else if (/^(?:local_shell|shell|apply_patch|computer)/.test(type)) {
      throw new ProxyError(
        "unsupported",
        `Cannot forward the tool of type "${type}": only OpenAI's models support it; offer it as a function`,
      );
    }
  }
}

/**
 * The tools of a request. Codex declares its tools in items of the input, and repeats the items in every
 * request.
 */
export function declaredTools(
  tools: readonly JsonObject[],
  input: string | readonly JsonObject[],
): readonly JsonObject[] {
  if (typeof input === "string") return tools;
  const items = input.filter((item) => stringAt(item, "type") === ADDITIONAL_TOOLS);
  return [...tools, ...items.flatMap((item) => arrayAt(item, "tools")).filter(isObject)];
}

export const ADDITIONAL_TOOLS = "additional_tools";

/** Providers accept letters, digits, `_` and `-` in names, but no dots. */
export function qualifiedName(namespace: string | undefined, name: string): string {
  if (namespace === undefined || namespace === "") return name;
  return namespace.endsWith("_") ? namespace + name : `${namespace}__${name}`;
}

/**
 * The free text in the arguments of a custom tool call. All of the text when the model did not wrap it in
 * JSON.
 */
export function customInput(text: string): string {
  return stringAt(parseJson(text), "input") ?? text;
}

/** The arguments of a custom tool call in the format for the provider. */
export function customArguments(input: string): string {
  return JSON.stringify({ input });
}

function functionTool(name: string, tool: JsonObject): Tool {
  return {
    name,
    description: stringAt(tool, "description"),
    parameters: objectAt(tool, "parameters"),
    strict: typeof tool["strict"] === "boolean" ? tool["strict"] : undefined,
  };
}

function customTool(name: string, tool: JsonObject): Tool {
  const grammar = objectAt(tool, "format");
  const definition = stringAt(grammar, "definition");
  const rule =
    definition === undefined
      ? undefined
      : `The input must match this ${stringAt(grammar, "syntax") ?? ""} grammar:\n${definition}`;
  return {
    name,
    description: [stringAt(tool, "description"), rule].filter((text) => text !== undefined).join("\n\n"),
    parameters: {
      type: "object",
      properties: { input: { type: "string", description: "The input of the tool, as plain text" } },
      required: ["input"],
      additionalProperties: false,
    },
  };
}
