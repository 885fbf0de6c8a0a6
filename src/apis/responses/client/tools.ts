/**
 * Tools of `/v1/responses`, all of which providers know as plain functions.
 *
 *     {"type":"function","name":"f","parameters":{…}}
 *     {"type":"namespace","name":"mcp__files","tools":[{"type":"function","name":"read",…}]}   becomes mcp__files__read
 *     {"type":"custom","name":"apply_patch","format":{"type":"grammar","syntax":"lark","definition":"…"}}
 *
 * A custom tool takes free text: it becomes a function with the one parameter `input`. What OpenAI itself runs, a web
 * search say, is as good as absent, as in Ollama.
 */
import { ProxyError } from "../../../chat/error.ts";
import type { Tool, ToolChoice } from "../../../chat/request.ts";
import { type JsonObject, arrayAt, isObject, objectAt, parseJson, stringAt } from "../../../wire/json.ts";

/** How the client knows a tool. */
interface Origin {
  readonly type: "function" | "custom";
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** The tools of one request, in both directions. */
export class Toolbox {
  /** By the name that providers know. A tool that is declared again is one tool. */
  readonly #tools = new Map<string, Tool>();
  readonly #origins = new Map<string, Origin>();

  /** Throws `bad-request`, or `unsupported` for tools that only OpenAI's models know how to use. */
  constructor(tools: readonly JsonObject[]) {
    for (const tool of tools) this.#add(tool, undefined);
  }

  /** As providers know them. */
  get tools(): readonly Tool[] {
    return [...this.#tools.values()];
  }

  /** How the client knows the tool that the model called. */
  originOf(name: string): Origin {
    return this.#origins.get(name) ?? { type: "function", name };
  }

  /** Throws `unsupported`. A choice that is left without its tool is no choice. */
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

/** The tools of a request: Codex declares its tools in items of the input, and repeats these in every request. */
export function declaredTools(
  tools: readonly JsonObject[],
  input: string | readonly JsonObject[],
): readonly JsonObject[] {
  if (typeof input === "string") return tools;
  const items = input.filter((item) => stringAt(item, "type") === ADDITIONAL_TOOLS);
  return [...tools, ...items.flatMap((item) => arrayAt(item, "tools")).filter(isObject)];
}

export const ADDITIONAL_TOOLS = "additional_tools";

/** Providers take letters, digits, `_` and `-` in names, no dot. */
export function qualifiedName(namespace: string | undefined, name: string): string {
  if (namespace === undefined || namespace === "") return name;
  return namespace.endsWith("_") ? namespace + name : `${namespace}__${name}`;
}

/** The free text in the arguments of a call of a custom tool; a model that forgot to wrap it meant all of it. */
export function customInput(text: string): string {
  return stringAt(parseJson(text), "input") ?? text;
}

/** The arguments that a call of a custom tool has for the provider. */
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
