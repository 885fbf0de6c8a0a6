/** Converts the items of an `input` to neutral messages. `schema.ts` shows the items. */
import { ProxyError } from "../../../chat/error.ts";
import type { Message, Part, ToolCall } from "../../../chat/request.ts";
import { type JsonObject, arrayAt, stringAt } from "../../../wire/json.ts";
import { decodeFile, decodeImageUrl } from "../../shared/media.ts";
import { argumentsText, refuseFile } from "../../shared/openai-message.ts";
import { ADDITIONAL_TOOLS, customArguments, qualifiedName } from "./tools.ts";

/** Throws `bad-request` with Ollama's message, or `unsupported`. */
export function decodeInput(input: string | readonly JsonObject[]): readonly Message[] {
  if (typeof input === "string") return [{ role: "user", parts: [{ type: "text", text: input }] }];
  const reader = new InputReader();
  for (const [index, item] of input.entries()) reader.add(item, index);
  return reader.end();
}

/** One turn of the assistant. Its items become one message. */
interface Turn {
  readonly texts: string[];
  readonly reasoning: string[];
  signature: string | undefined;
  readonly calls: ToolCall[];
}

/** Items of tools that OpenAI ran. They are ignored, because the text after them has the result. */
const RUN_BY_OPENAI =
  /^(?:web_search|file_search|code_interpreter|image_generation|tool_search|mcp|compaction)/;

class InputReader {
  readonly #messages: Message[] = [];
  #turn: Turn | undefined;

  add(item: JsonObject, index: number): void {
    const type = stringAt(item, "type") ?? (stringAt(item, "role") === undefined ? undefined : "message");
    switch (type ?? "") {
      case "message":
        this.#addMessage(item);
        return;
      case "reasoning":
        this.#addReasoning(item);
        return;
      case "function_call":
        this.#addCall(item, argumentsText(stringAt(item, "arguments")));
        return;
      case "custom_tool_call":
        this.#addCall(item, customArguments(stringAt(item, "input") ?? ""));
        return;
      case "function_call_output":
      case "custom_tool_call_output":
        this.#addOutput(item);
        return;
      case ADDITIONAL_TOOLS:
        return;
      case "":
        throw new ProxyError("bad-request", `input[${index}]: input item missing required 'type' field`);
      default:
        if (!RUN_BY_OPENAI.test(type ?? "")) {
          throw new ProxyError("bad-request", `input[${index}]: unknown input item type: "${type}"`);
        }
    }
  }

  end(): readonly Message[] {
    this.#endTurn();
    return this.#messages;
  }

  #addMessage(item: JsonObject): void {
    const parts = decodeContent(item["content"]);
    switch (stringAt(item, "role") ?? "user") {
      case "assistant":
        this.#openTurn().texts.push(textOf(parts));
        return;
      case "system":
      case "developer":
        this.#endTurn();
        this.#messages.push({ role: "system", text: textOf(parts) });
        return;
      default:
        this.#endTurn();
        this.#messages.push({ role: "user", parts });
    }
  }

  #addReasoning(item: JsonObject): void {
    const turn = this.#openTurn();
    const said = arrayAt(item, "content");
    for (const part of said.length > 0 ? said : arrayAt(item, "summary")) {
      turn.reasoning.push(stringAt(part, "text") ?? "");
    }
    turn.signature = stringAt(item, "encrypted_content") ?? turn.signature;
  }

  #addCall(item: JsonObject, text: string): void {
    const name = qualifiedName(stringAt(item, "namespace"), stringAt(item, "name") ?? "");
    this.#openTurn().calls.push({ id: stringAt(item, "call_id"), name, arguments: text });
  }

  #addOutput(item: JsonObject): void {
    this.#endTurn();
    this.#messages.push({
      role: "tool",
      toolCallId: stringAt(item, "call_id"),
      parts: decodeContent(item["output"]),
    });
  }

  #openTurn(): Turn {
    this.#turn ??= { texts: [], reasoning: [], signature: undefined, calls: [] };
    return this.#turn;
  }

  #endTurn(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    if (turn === undefined) return;
    const reasoning = turn.reasoning.join("\n\n");
    this.#messages.push({
      role: "assistant",
      text: turn.texts.join("\n\n"),
      reasoning: reasoning === "" ? undefined : reasoning,
      signature: turn.signature,
      toolCalls: turn.calls,
    });
  }
}

function decodeContent(content: unknown): readonly Part[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return Array.isArray(content) ? content.map(decodePart) : [];
}

function decodePart(part: unknown, index: number): Part {
  const type = stringAt(part, "type") ?? "";
  switch (type) {
    case "input_text":
    case "output_text":
    case "text":
    case "summary_text":
    case "reasoning_text":
      return { type: "text", text: stringAt(part, "text") ?? "" };
    case "refusal":
      return { type: "text", text: stringAt(part, "refusal") ?? "" };
    case "input_image":
      return decodeImageUrl(stringAt(part, "image_url") ?? "");
    case "input_file":
      return decodeFile(stringAt(part, "file_data"), undefined, stringAt(part, "filename")) ?? refuseFile();
    default:
      throw new ProxyError("bad-request", `content[${index}]: unknown content type: ${type}`);
  }
}

function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}
