/** `doctor --probe`: asks a model for what apps use: streaming, tools, images, thinking and structured output. */
import * as v from "valibot";
import { messageOf } from "../console.ts";
import { formatMs } from "../trial.ts";
import { type Finding, info, ok } from "./finding.ts";

const TIMEOUT_MS = 120_000;

/** A red square of 16 by 16 pixels, in PNG. */
const RED_SQUARE =
  "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mP4z8BAEmIY1TCqYfhqAACQ+f8B8u7oVwAAAABJRU5ErkJggg==";

const TOOL = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Returns the weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

const SCHEMA = { type: "object", properties: { number: { type: "integer" } }, required: ["number"] };

const lineSchema = v.object({
  error: v.optional(v.string()),
  message: v.optional(
    v.object({
      content: v.optional(v.string(), ""),
      thinking: v.optional(v.string(), ""),
      tool_calls: v.optional(v.array(v.unknown()), []),
    }),
  ),
});

interface Reply {
  readonly content: string;
  readonly thinking: string;
  readonly calls: number;
  /** Pieces with text. */
  readonly pieces: number;
  readonly ms: number;
}

/** `model` is the name that apps use. A model without a capability is no failure. */
export async function probe(url: string, model: string): Promise<readonly Finding[]> {
  const ask = (check: string, body: object, judge: (reply: Reply) => string | undefined): Promise<Finding> =>
    examine({ url, check, judge }, { model, ...body });
  return Promise.all([
    ask("streaming", said("Count from 1 to 20 in words."), ({ pieces, ms }) =>
      pieces > 1 ? `${pieces} pieces in ${formatMs(ms)}` : undefined,
    ),
    ask("tools", { ...said("What is the weather in Paris? Use the tool."), tools: [TOOL] }, ({ calls }) =>
      calls > 0 ? "the model called a tool" : undefined,
    ),
    ask(
      "vision",
      said("Which colour is this image? Answer with one word.", { images: [RED_SQUARE] }),
      (reply) => (/red/i.test(reply.content) ? "the model saw the colour of an image" : undefined),
    ),
    ask("thinking", { ...said("Is 91 a prime number?"), think: true }, ({ thinking }) =>
      thinking === "" ? undefined : "the model showed its reasoning",
    ),
    ask("structured output", { ...said("Give me a number as JSON."), format: SCHEMA }, ({ content }) =>
      isNumberObject(content) ? "the reply has the requested form" : undefined,
    ),
  ]);
}

function said(content: string, more: object = {}): object {
  return { messages: [{ role: "user", content, ...more }] };
}

async function examine(
  {
    url,
    check,
    judge,
  }: { readonly url: string; readonly check: string; readonly judge: (reply: Reply) => string | undefined },
  body: object,
): Promise<Finding> {
  try {
    const reply = await chat(url, body);
    const result = judge(reply);
    return result === undefined ? info(check, "not seen in the reply") : ok(check, result);
  } catch (error) {
    return info(check, `not available: ${messageOf(error)}`);
  }
}

async function chat(url: string, body: object): Promise<Reply> {
  const startMs = performance.now();
  const response = await fetch(`${url}/api/chat`, {
    method: "POST",
    body: JSON.stringify({ stream: true, ...body }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
    proxy: false,
  });
  const lines = (await response.text()).split("\n").filter((line) => line !== "");
  const parsed = lines.map((line) => v.parse(v.pipe(v.string(), v.parseJson(), lineSchema), line));
  const error = parsed.find((line) => line.error !== undefined)?.error;
  if (error !== undefined) throw new Error(error.replace(/^\[[^\]]*\] /, ""));
  const messages = parsed.flatMap(({ message }) => message ?? []);
  return {
    content: messages.map(({ content }) => content).join(""),
    thinking: messages.map(({ thinking }) => thinking).join(""),
    calls: messages.reduce((sum, { tool_calls: calls }) => sum + calls.length, 0),
    pieces: messages.filter(({ content }) => content !== "").length,
    ms: performance.now() - startMs,
  };
}

function isNumberObject(text: string): boolean {
  return v.safeParse(v.pipe(v.string(), v.parseJson(), v.object({ number: v.number() })), text).success;
}
